"""The files of an input: a folder tree, a ZIP, the files that a DICOMDIR names, or one file.

An input comes from a disc or the network and may be hostile: nothing outside it is opened, and its
number of files and sizes are known and within `Limits` before the first file is read.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from glioscope.errors import UnreadableFile
from glioscope.reading.containers.entry import (
    Container,
    Entry,
    Limits,
    file_entry,
    is_companion,
    locked,
    numbered,
    refuse_entries,
    require_sizes,
)
from glioscope.texts.message import Message, message

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")


def open_container(path: Path, limits: Limits = Limits()) -> Container:  # noqa: B008 (frozen)
    """An input with its files in order of their names; none for an empty folder or ZIP.

    A file named DICOMDIR stands for the files it names, a ZIP for its files, any other file for
    itself. Hidden files and macOS's companions are left out. ZIPs inside a ZIP are not opened.
    Links to files inside the folder are followed, links to folders inside it are not needed.

    Raises:
        UnreadableFile: no such file; above a limit; a link or a name that leads out of the input;
            a ZIP that is damaged, truncated, encrypted, inflates beyond reason or holds only ZIPs;
            a DICOMDIR that is damaged or names files that are not there.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UnreadableFile("reading.missing_container", name=path.name) from error
    if stat.S_ISDIR(mode):
        return Container(path.name, "folder", _in_folder(path, limits))
    if not stat.S_ISREG(mode):
        raise UnreadableFile("reading.no_regular_file", name=path.name)
    if path.name.upper() == "DICOMDIR":
        from glioscope.reading.containers.dicomdir import in_dicomdir

        return Container(path.name, "DICOMDIR", in_dicomdir(path, limits))
    return _in_file(path, limits)


def _in_file(path: Path, limits: Limits) -> Container:
    entry = file_entry(path, path.name, path.name)
    with entry.open() as file:
        start = file.read(4)
    if start in _ZIP_STARTS:
        from glioscope.reading.containers.zip import in_zip

        return Container(path.name, "zip", in_zip(path, limits))
    require_sizes([entry.size], path.name, limits)
    return Container(path.name, "file", (entry,))


def _in_folder(root: Path, limits: Limits) -> tuple[Entry, ...]:
    paths = sorted(_files(root, limits))
    found = tuple(
        file_entry(path, path.relative_to(root).as_posix(), numbered(root.name, number))
        for number, path in enumerate(paths, start=1)
    )
    require_sizes([entry.size for entry in found], root.name, limits)
    return found


def _files(root: Path, limits: Limits) -> Iterator[Path]:
    """Regular files under `root`, without recursion: a tree may be deeper than Python's stack."""
    real, waiting, seen = root.resolve(), [root], 0
    while waiting:
        for entry in _listed(waiting.pop(), root.name):
            seen += 1
            if seen > limits.entries:
                raise refuse_entries(root.name, limits)
            if is_companion(entry.name):
                continue
            if entry.is_symlink():
                _require_inside(Path(entry.path), real, numbered(root.name, seen))
            elif entry.is_dir():
                waiting.append(Path(entry.path))
                continue
            if entry.is_file():
                yield Path(entry.path)


def _listed(folder: Path, where: str) -> "Iterator[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError as error:
        inside = message("reading.where.folder_inside", name=where)
        raise locked(inside, error) from error


def _require_inside(link: Path, root: Path, where: Message) -> None:
    try:
        target = link.resolve(strict=True)
    except (
        OSError,
        RuntimeError,
    ) as error:  # RuntimeError: links in a circle, Python 3.11 and 3.12
        raise UnreadableFile("reading.dead_link", where=where) from error
    if not target.is_relative_to(root):
        raise UnreadableFile("reading.link_out_of_folder", where=where)
