# pyright: basic
# It speaks with fsspec, which carries no types.
"""A study in an object store, or wherever else fsspec reaches, and how it is brought."""

import errno
import os
import re
import shutil
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glioscope.cli.support.stopping import stop_behind
from glioscope.errors import GlioscopeError, Unreachable, UnreadableFile, UsageError
from glioscope.files import disk_full, is_reserved
from glioscope.reading.containers.entry import Limits, is_companion, refuse_entries, require_sizes

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_LIMITS = Limits()
_VERSION_DIGITS = 16


@dataclass(frozen=True)
class Objects:
    """An `Origin`: a file or a folder of a store, or some files and folders of one.

    Attributes:
        url: what opens the store; it may hold a password, as `ftp://` does.
        address: what tells the path from those of other stores.
        path: of the file or folder, as the store names it.
        parts: below the folder; all of it where there are none.
        version: what lies there, by names, sizes and the store's own marks (`version_of`).
    """

    url: str = field(repr=False)
    address: str = field(repr=False)
    path: str = field(repr=False)
    parts: tuple[str, ...] = field(default=(), repr=False)
    version: str = ""

    @property
    def key(self) -> str:
        """Of the path and its parts, wherever it was named from."""
        return sha256("\n".join((self.address, *self.parts)).encode()).hexdigest()

    def bring(self, folder: Path) -> Path:
        """Download it under its own name; errors as of `Origin`."""
        name = base_name(self.path)
        with speaking(self.url):
            store, _ = open_store(self.url)
            wanted = self._wanted(store)
        require_sizes(list(wanted.values()), name, _LIMITS)
        if sum(wanted.values()) > shutil.disk_usage(folder).free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        targets = [_below(folder / name, self.path, path) for path in wanted]
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
        with speaking(self.url):
            store.get([*wanted], [os.fspath(target) for target in targets])
        if [target.stat().st_size for target in targets] != [*wanted.values()]:
            raise Unreachable("cli.source_cut", name=label(self.url))
        return folder / name

    def _wanted(self, store: "AbstractFileSystem") -> dict[str, int]:
        """Files and their sizes in bytes."""
        found: dict[str, int] = {}
        for place in [f"{self.path}/{part}" for part in self.parts] or [self.path]:
            told = store.info(place)
            whole = store.find(place, detail=True) if told["type"] == "directory" else {place: told}
            for path, info in whole.items():
                # An empty name stands for a folder in some stores.
                if base_name(path) and not is_hidden(path[len(self.path) :]):
                    found[path] = int(info["size"])
        if not found:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if len(found) > _LIMITS.entries:
            raise refuse_entries(base_name(self.path), _LIMITS)
        return found


def open_store(url: str) -> "tuple[AbstractFileSystem, str]":
    """The store behind a URL, and the path that the URL names in it.

    Raises:
        UsageError: what such a URL needs is not installed, or nobody knows such URLs.
    """
    import fsspec

    try:
        return fsspec.url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        kind = url.split(":", maxsplit=1)[0]
        raise UsageError("cli.source_kind", kind=kind, said=str(error)) from error


@contextmanager
def speaking(url: str) -> Generator[None, None, None]:
    """Turn what a store's library raises into one error; each library has errors of its own.

    Raises:
        Unreachable: the store does not answer or refuses to. What it said is left out but for its
            kind: it may name a file, and so a patient.
    """
    try:
        yield
    except (GlioscopeError, ModuleNotFoundError):
        raise
    except Exception as error:
        if stop_behind(error) or (isinstance(error, OSError) and disk_full(error)):
            raise
        said = type(error).__name__
        raise Unreachable("cli.source_down", name=label(url), said=said) from error


def label(url: str) -> str:
    """What messages call a source: how it is reached and where, without user, path and query."""
    kind, _, rest = url.partition("://")
    return f"{kind}://{re.split('[/?#]', rest, maxsplit=1)[0].rpartition('@')[2]}"


def base_name(path: str) -> str:
    """The last part of a path in a store."""
    return path.rstrip("/").rpartition("/")[2]


def is_hidden(relative: str) -> bool:
    """Whether a file is hidden, or lies in a folder that is."""
    return any(is_companion(part) for part in relative.split("/"))


def version_of(infos: Iterable[dict[str, Any]]) -> str:
    """What lies at a place, in a few letters, from the store's listing of its files."""
    return summed(f"{info['name']}\t{info['size']}\t{_mark(info)}" for info in infos)


def summed(told: Iterable[str]) -> str:
    """A few letters for texts in any order."""
    return sha256("\n".join(sorted(told)).encode()).hexdigest()[:_VERSION_DIGITS]


def _mark(info: dict[str, Any]) -> str:
    """What a store changes with a file's content, or when it changes."""
    marks = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "updated")
    return next((str(info[mark]) for mark in (*marks, "created") if info.get(mark)), "")


def _below(target: Path, root: str, path: str) -> Path:
    """Where a file of a folder goes; no name leads out of the folder.

    Raises:
        UnreadableFile: a name that cannot be stored here.
    """
    parts = [part for part in path[len(root) :].split("/") if part]
    for part in (target.name, *parts):
        if part in (".", "..") or "\0" in part or (sys.platform == "win32" and _is_odd(part)):
            raise UnreadableFile("cli.source_names", name=target.name)
    return target.joinpath(*parts)


def _is_odd(part: str) -> bool:
    """Whether Windows stores no such name."""
    return is_reserved(part) or any(letter in part for letter in '\\:<>"|?*')
