"""All sources of a command, and what lists name."""

import glob
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.cli.batch.job import Wishes
from glioscope.errors import InputError, UsageError
from glioscope.settings import Settings

if TYPE_CHECKING:
    from glioscope.cli.batch.elsewhere import Distant
    from glioscope.reading.inputs import StudyInput

LIST = "@"
# A Windows drive has one letter.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_DICOMWEB = "dicomweb+"


def find_studies(
    sources: Iterable[str], wishes: Wishes, settings: Settings | None = None
) -> "list[StudyInput]":
    """Studies of all sources, unread, each path and each place elsewhere once.

    A source is a path, a pattern (`/archive/*/*.zip`), a URL that fsspec opens (`s3://…`, also with
    a pattern), a query to a DICOMweb server (`dicomweb+https://…?StudyDate=…`), or `@FILE` with one
    of these in each line, paths named from the folder of the list. A folder that is no study itself
    stands for what lies in it.

    Raises:
        UsageError: a list that cannot be read, or a URL that cannot be used.
        InputError: no source holds a study.
        Unreachable: a server or a store does not answer.
    """
    named = [one for source in sources for one in _named(source)]
    paths = [
        inner
        for one in named
        if isinstance(one, Path)
        for path in _matching(one)
        for inner in _studies(path)
    ]
    distant = _elsewhere([one for one in named if isinstance(one, str)], settings)
    if not paths and not distant:
        raise InputError("cli.archive_nothing")
    here = wishes.find(list(dict.fromkeys(paths))) if paths else []
    if not distant:
        return here
    from glioscope.reading.inputs import named_apart

    return named_apart([*here, *distant])


def _named(source: str) -> list[Path | str]:
    """What a word of the command line names: paths, or the text of a URL."""
    if source.startswith(LIST):
        return _listed(Path(source.removeprefix(LIST)))
    return [source if _URL.match(source) else Path(source)]


def _listed(path: Path) -> list[Path | str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("cli.archive_list", name=path.name) from error
    told = [line.strip() for line in lines if line.strip()]
    return [line if _URL.match(line) else path.parent / line for line in told]


def _elsewhere(urls: list[str], settings: Settings | None) -> "list[Distant]":
    found: list[Distant] = []
    for url in dict.fromkeys(urls):
        if url.lower().startswith(_DICOMWEB):
            from glioscope.cli.archive.sources.dicomweb import find

            found += find(url, settings or Settings.from_environment())
        else:
            from glioscope.cli.archive.sources.listing import find

            found += find(url)
    return list({one.origin.key: one for one in found}.values())


def _matching(path: Path) -> list[Path]:
    if not path.exists() and glob.has_magic(str(path)):
        return sorted(Path(found) for found in glob.glob(str(path), recursive=True))  # noqa: PTH207
    return [path]


def _studies(path: Path) -> list[Path]:
    """The path, or what lies in it where it is a folder of ZIPs, NIfTI files and folders."""
    from glioscope.reading.inputs import find_inputs

    if not path.is_dir():
        return [path]
    try:
        find_inputs([path])
    except InputError:
        inside = [p for p in sorted(path.iterdir()) if not p.name.startswith(".")]
        folders_and_zips = [p for p in inside if p.is_dir() or p.suffix.lower() == ".zip"]
        return folders_and_zips or [path]
    return [path]
