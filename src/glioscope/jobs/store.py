"""Folders of studies and results, whole or not at all, on a disk or in an object store."""

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from glioscope.errors import UsageError
from glioscope.files import sync, sync_folder

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

# An object store knows no folders that appear at once: this file is written last.
_WHOLE = ".whole"
_SCRATCH = "scratch"


class Store(Protocol):
    """Folders by name (`uploads/…`, `results/…`), written once and then only read or removed."""

    @property
    def scratch(self) -> Path:
        """A folder of this computer for what is under construction."""
        ...

    def put(self, source: Path, name: str) -> None:
        """Move a folder of `scratch` into the store, whole or not at all.

        Raises:
            FileExistsError: there is one of that name.
            OSError: no room, or no connection.
        """
        ...

    def folder(self, name: str) -> AbstractContextManager[Path]:
        """A folder as one of this computer's, to read for as long as the block runs.

        Raises:
            FileNotFoundError: there is none, or it is not whole.
        """
        ...

    def file(self, name: str, file: str) -> AbstractContextManager[Path]:
        """One file of a folder in the same way."""
        ...

    def remove(self, name: str) -> None:
        """Remove a folder; nothing happens where there is none."""
        ...

    def names(self, parent: str) -> Iterator[str]:
        """Names of the folders in `parent`, whole or not, as `parent/…`."""
        ...

    def free_bytes(self) -> int:
        """Room on the disk of this computer that takes what is under construction."""
        ...


def open_store(data: Path, url: str | None = None) -> Store:
    """The store in the folder `data`, or at an fsspec URL (`s3://…`) with `data` for its scratch.

    Raises:
        UsageError: fsspec, or what it needs for such a URL, is not installed.
    """
    (data / _SCRATCH).mkdir(parents=True, exist_ok=True)
    if url is None:
        return LocalStore(data)
    try:
        import fsspec

        files, root = fsspec.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError("server.store_url", kind=url.split(":")[0], said=str(error)) from error
    return ObjectStore(files, root, data)


class LocalStore:
    """Folders on one disk: a rename makes them appear, whole."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.scratch = root / _SCRATCH

    def put(self, source: Path, name: str) -> None:
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        for file in source.rglob("*"):
            if file.is_file():
                sync(file)
        sync_folder(source)
        if target.exists():
            raise FileExistsError(name)
        source.rename(target)
        sync_folder(target.parent)

    @contextmanager
    def folder(self, name: str) -> Generator[Path, None, None]:
        folder = self._root / name
        if not folder.is_dir():
            raise FileNotFoundError(name)
        yield folder

    @contextmanager
    def file(self, name: str, file: str) -> Generator[Path, None, None]:
        path = self._root / name / file
        if not path.is_file():
            raise FileNotFoundError(file)
        yield path

    def remove(self, name: str) -> None:
        folder = self._root / name
        if folder.exists():
            # Out of sight first: half a folder is never seen.
            aside = self.scratch / f"removed-{folder.name}-{os.getpid()}"
            folder.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)

    def names(self, parent: str) -> Iterator[str]:
        folder = self._root / parent
        if folder.is_dir():
            yield from (f"{parent}/{one.name}" for one in sorted(folder.iterdir()))

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.scratch).free


class ObjectStore:
    """Folders as prefixes of an object store that several computers share."""

    def __init__(self, files: "AbstractFileSystem", root: str, data: Path) -> None:
        self._files = files
        self._root = PurePosixPath(root)
        self.scratch = data / _SCRATCH

    def put(self, source: Path, name: str) -> None:
        target = self._at(name)
        if self._files.exists(f"{target}/{_WHOLE}"):
            raise FileExistsError(name)
        for path in sorted(source.rglob("*")):
            if path.is_file():
                self._files.put_file(
                    os.fspath(path), f"{target}/{path.relative_to(source).as_posix()}"
                )
        self._files.pipe_file(f"{target}/{_WHOLE}", b"")
        shutil.rmtree(source)

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

    @contextmanager
    def file(self, name: str, file: str) -> Generator[Path, None, None]:
        self._require_whole(name)
        with self._copied() as copy:
            path = copy / PurePosixPath(file).name
            self._files.get_file(f"{self._at(name)}/{file}", os.fspath(path))
            yield path

    def remove(self, name: str) -> None:
        target = self._at(name)
        if self._files.exists(target):
            # First what says that it is whole.
            if self._files.exists(f"{target}/{_WHOLE}"):
                self._files.rm_file(f"{target}/{_WHOLE}")
            self._files.rm(target, recursive=True)

    def names(self, parent: str) -> Iterator[str]:
        target = self._at(parent)
        if self._files.exists(target):
            for path in sorted(self._files.ls(target, detail=False)):
                yield f"{parent}/{PurePosixPath(path).name}"

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.scratch).free

    def _at(self, name: str) -> str:
        return (self._root / name).as_posix()

    def _require_whole(self, name: str) -> None:
        if not self._files.exists(f"{self._at(name)}/{_WHOLE}"):
            raise FileNotFoundError(name)

    @contextmanager
    def _copied(self) -> Generator[Path, None, None]:
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(dir=self.scratch, prefix="copy-") as folder:
            yield Path(folder)
