"""Files behind one path, in one order, whatever holds them."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True)
class Member:
    """One file: its name from the container's root with `/`, a way to open it, its size in bytes."""

    name: str
    open: Callable[[], BinaryIO]
    size: int


def members(path: Path) -> Iterator[Member]:
    """Regular files of a folder tree, sorted by name; links are not followed."""
    for folder, folders, files in os.walk(path):
        folders.sort()
        for name in sorted(files):
            file = Path(folder) / name
            if file.is_file() and not file.is_symlink():
                where = file.relative_to(path).as_posix()
                yield Member(where, partial(file.open, "rb"), file.stat().st_size)
