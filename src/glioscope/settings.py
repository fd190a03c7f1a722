"""Deployment settings: the only reader of environment variables.

What a training run repeats lives in `TrainConfig`, what inference repeats in `Plan`; here stands
only what differs from one computer to the next. `docs/reference/settings.md` lists every field.
"""

import locale
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, cast, get_args

from glioscope.errors import UsageError
from glioscope.texts.catalogue import Language

# Code pages in which Cyrillic is written to DICOM without saying so, by Python's names.
Charset = Literal["cp1251", "cp866", "koi8-r", "iso8859-5", "utf-8"]

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True)
class Settings:
    """What this computer decides; each field's `env` names its variable.

    Attributes:
        model: model folder used in place of the shipped one; None is the shipped one.
        best_model: model folder of the ensemble that `analyze --quality best` runs; None is none.
        lang: language of reports; without its variable that of the locale, Russian or English.
        threads: slices that the network answers at once; 0 takes one per core, at most eight.
        lgg: folder that holds the LGG case folders: reference of `evaluate`, tests and benchmarks.
        charset: code page of DICOM text that declares none; None reads it as Latin-1.
        data: folder in which `serve` and `worker` keep everything; None is the user's data folder.
        database: URL of their database; None is SQLite in that folder.
        store: URL of an object store for studies and results; None keeps them in that folder.
        openid: TOML file that names the hospital's own sign-in; None is none.
        openid_secret: with which the server shows itself to it; None where the TOML file names one.
        dicomweb_user: with whom `batch` asks DICOMweb servers.
        dicomweb_password: that user's.
        dicomweb_token: a bearer token in their place.
        dicomweb_ca: certificates of the authority that signed the servers'; None is the usual ones.
        debug: show the traceback of an unexpected error.
    """

    model: Path | None = field(default=None, metadata={"env": "GLIOSCOPE_MODEL"})
    best_model: Path | None = field(default=None, metadata={"env": "GLIOSCOPE_BEST_MODEL"})
    lang: Language = field(default="en", metadata={"env": "GLIOSCOPE_LANG"})
    threads: int = field(default=0, metadata={"env": "GLIOSCOPE_THREADS"})
    lgg: Path | None = field(default=None, metadata={"env": "GLIOSCOPE_LGG"})
    data: Path | None = field(default=None, metadata={"env": "GLIOSCOPE_DATA"})
    database: str | None = field(default=None, metadata={"env": "GLIOSCOPE_DATABASE"})
    store: str | None = field(default=None, metadata={"env": "GLIOSCOPE_STORE"})
    openid: Path | None = field(default=None, metadata={"env": "GLIOSCOPE_OPENID"})
    openid_secret: str | None = field(
        default=None, repr=False, metadata={"env": "GLIOSCOPE_OPENID_SECRET"}
    )
    dicomweb_user: str | None = field(default=None, metadata={"env": "GLIOSCOPE_DICOMWEB_USER"})
    dicomweb_password: str | None = field(
        default=None, repr=False, metadata={"env": "GLIOSCOPE_DICOMWEB_PASSWORD"}
    )
    dicomweb_token: str | None = field(
        default=None, repr=False, metadata={"env": "GLIOSCOPE_DICOMWEB_TOKEN"}
    )
    dicomweb_ca: Path | None = field(default=None, metadata={"env": "GLIOSCOPE_DICOMWEB_CA"})
    debug: bool = field(default=False, metadata={"env": "GLIOSCOPE_DEBUG"})
    charset: Charset | None = field(default=None, metadata={"env": "GLIOSCOPE_CHARSET"})

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read `environment` (the process's own when None); an empty variable counts as unset.

        Raises:
            UsageError: a variable holds a value outside its range.
        """
        values = os.environ if environment is None else environment
        return cls(
            model=_folder(values.get("GLIOSCOPE_MODEL", "")),
            best_model=_folder(values.get("GLIOSCOPE_BEST_MODEL", "")),
            lang=_language(values.get("GLIOSCOPE_LANG", "")) or _of_locale(values),
            threads=_count(values.get("GLIOSCOPE_THREADS", "")),
            lgg=_folder(values.get("GLIOSCOPE_LGG", "")),
            data=_folder(values.get("GLIOSCOPE_DATA", "")),
            database=values.get("GLIOSCOPE_DATABASE") or None,
            store=values.get("GLIOSCOPE_STORE") or None,
            openid=_folder(values.get("GLIOSCOPE_OPENID", "")),
            openid_secret=values.get("GLIOSCOPE_OPENID_SECRET") or None,
            dicomweb_user=values.get("GLIOSCOPE_DICOMWEB_USER") or None,
            dicomweb_password=values.get("GLIOSCOPE_DICOMWEB_PASSWORD") or None,
            dicomweb_token=values.get("GLIOSCOPE_DICOMWEB_TOKEN") or None,
            dicomweb_ca=_folder(values.get("GLIOSCOPE_DICOMWEB_CA", "")),
            debug=_switch(values.get("GLIOSCOPE_DEBUG", "")),
            charset=charset_of(values.get("GLIOSCOPE_CHARSET", ""), "GLIOSCOPE_CHARSET"),
        )


def from_environment(name: str) -> str | None:
    """A variable that a file of settings names, as for a password; None where there is none."""
    return os.environ.get(name)


def language_here() -> Language:
    """The language of the environment alone; a variable of a wrong value is passed over."""
    try:
        return _language(os.environ.get("GLIOSCOPE_LANG", "")) or _of_locale(os.environ)
    except UsageError:
        return _of_locale(os.environ)


def charset_of(text: str, where: str) -> Charset | None:
    """A code page by its name in any case; None for "".

    Raises:
        UsageError: none of `Charset`; `where` names the option or variable.
    """
    if text and text.lower() not in get_args(Charset):
        known = ", ".join(get_args(Charset))
        raise UsageError("core.charset", where=where, known=known, value=text)
    return cast(Charset, text.lower()) if text else None


def _folder(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def _language(text: str) -> Language | None:
    if text not in {"", "ru", "en"}:
        raise UsageError("core.language", value=text)
    return cast(Language, text) if text else None


def _of_locale(values: Mapping[str, str]) -> Language:
    """As POSIX chooses it: by the first of these variables that is set."""
    names = (values.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((name for name in names if name), "")
    if not chosen and sys.platform == "win32":
        # Windows has none of them, and answers "Russian_Russia".
        chosen = locale.getlocale()[0] or ""
    return "ru" if chosen.lower().startswith("ru") else "en"


def _count(text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise UsageError("core.threads", value=text)
    return int(text or 0)


def _switch(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise UsageError("core.switch", value=text)
    return text.lower() in _TRUE
