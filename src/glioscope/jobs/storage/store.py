"""Folders of studies and results, whole or not at all, on a disk or in an object store."""

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from typing_extensions import override

from glioscope.files import move, sync, sync_folder

SCRATCH = "scratch"


class Store(Protocol):
    """Folders by name (`uploads/…`), written once and then only read or removed."""

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


class LocalStore(Store):
    """Folders on one disk: a rename makes them appear, whole."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._scratch = root / SCRATCH

    @property
    @override
    def scratch(self) -> Path:
        return self._scratch

    @override
    def put(self, source: Path, name: str) -> None:
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        for file in source.rglob("*"):
            if file.is_file():
                sync(file)
        sync_folder(source)
        if target.exists():
            raise FileExistsError(name)
        move(source, target)
        sync_folder(target.parent)

    @override
    @contextmanager
    def folder(self, name: str) -> Generator[Path, None, None]:
        folder = self._root / name
        if not folder.is_dir():
            raise FileNotFoundError(name)
        yield folder

    @override
    @contextmanager
    def file(self, name: str, file: str) -> Generator[Path, None, None]:
        path = self._root / name / file
        if not path.is_file():
            raise FileNotFoundError(file)
        yield path

    @override
    def remove(self, name: str) -> None:
        folder = self._root / name
        if folder.exists():
            # Out of sight first: half a folder is never seen.
            aside = self._scratch / f"removed-{folder.name}-{os.getpid()}"
            move(folder, aside)
            shutil.rmtree(aside, ignore_errors=True)

    @override
    def names(self, parent: str) -> Iterator[str]:
        folder = self._root / parent
        if folder.is_dir():
            yield from (f"{parent}/{one.name}" for one in sorted(folder.iterdir()))

    @override
    def free_bytes(self) -> int:
        return shutil.disk_usage(self._scratch).free
