# pyright: basic
# It speaks with fsspec, which carries no types.
"""Folders of studies and results in an object store that several computers share, by fsspec."""

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from typing_extensions import override

from glioscope.errors import UsageError
from glioscope.jobs.storage.store import Store

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

# An object store knows no folders that appear at once: this file is written last.
_WHOLE = ".whole"


def open_object_store(url: str, scratch: Path) -> "ObjectStore":
    """The store at an fsspec URL, as `s3://BUCKET/FOLDER`.

    Raises:
        UsageError: what such a URL needs is not installed.
    """
    return ObjectStore(*files_at(url), scratch)


def files_at(url: str) -> "tuple[AbstractFileSystem, str]":
    """What an fsspec URL names: its file system, and the folder in it.

    Raises:
        UsageError: what such a URL needs is not installed.
    """
    try:
        import fsspec

        return fsspec.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(
            "server.store_url", kind=url.split(":", maxsplit=1)[0], said=str(error)
        ) from error


def put_folder(files: "AbstractFileSystem", source: Path, target: str) -> list[str]:
    """Copy every file of a folder below `target`, file after file; returns where they lie."""
    paths = sorted(p for p in source.rglob("*") if p.is_file())
    there = [f"{target}/{path.relative_to(source).as_posix()}" for path in paths]
    for parent in sorted({one.rpartition("/")[0] for one in there}):
        files.makedirs(parent, exist_ok=True)
    for path, one in zip(paths, there, strict=True):
        files.put_file(os.fspath(path), one)
    return there


class ObjectStore(Store):
    """Folders as prefixes of an object store that several computers share."""

    def __init__(self, files: "AbstractFileSystem", root: str, scratch: Path) -> None:
        self._files = files
        self._root = PurePosixPath(root)
        self._scratch = scratch

    @property
    @override
    def scratch(self) -> Path:
        return self._scratch

    @override
    def put(self, source: Path, name: str) -> None:
        target = self._at(name)
        if self._files.exists(f"{target}/{_WHOLE}"):
            raise FileExistsError(name)
        put_folder(self._files, source, target)
        self._files.pipe_file(f"{target}/{_WHOLE}", b"")
        shutil.rmtree(source)

    @override
    @contextmanager
    def folder(self, name: str) -> Generator[Path, None, None]:
        self._require_whole(name)
        with self._copied() as copy:
            target = self._at(name)
            for path in self._files.find(target):
                relative = PurePosixPath(path).relative_to(PurePosixPath(target))
                if relative.name != _WHOLE:
                    (copy / relative).parent.mkdir(parents=True, exist_ok=True)
                    self._files.get_file(path, os.fspath(copy / relative))
            yield copy

    @override
    @contextmanager
    def file(self, name: str, file: str) -> Generator[Path, None, None]:
        self._require_whole(name)
        with self._copied() as copy:
            path = copy / PurePosixPath(file).name
            self._files.get_file(f"{self._at(name)}/{file}", os.fspath(path))
            yield path

    @override
    def remove(self, name: str) -> None:
        target = self._at(name)
        if self._files.exists(target):
            # First what says that it is whole.
            if self._files.exists(f"{target}/{_WHOLE}"):
                self._files.rm_file(f"{target}/{_WHOLE}")
            self._files.rm(target, recursive=True)

    @override
    def names(self, parent: str) -> Iterator[str]:
        target = self._at(parent)
        if self._files.exists(target):
            for path in sorted(self._files.ls(target, detail=False)):
                yield f"{parent}/{PurePosixPath(path).name}"

    @override
    def free_bytes(self) -> int:
        return shutil.disk_usage(self._scratch).free

    def _at(self, name: str) -> str:
        return (self._root / name).as_posix()

    def _require_whole(self, name: str) -> None:
        if not self._files.exists(f"{self._at(name)}/{_WHOLE}"):
            raise FileNotFoundError(name)

    @contextmanager
    def _copied(self) -> Generator[Path, None, None]:
        with TemporaryDirectory(dir=self._scratch, prefix="copy-") as folder:
            yield Path(folder)
