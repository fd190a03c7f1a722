"""The files of an input: a folder tree, a ZIP, the files that a DICOMDIR names, or one file.

An input comes from a disc or the network and may be hostile: nothing outside it is opened, and its
number of files and sizes are known and within `Limits` before the first file is read.
"""

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from glioscope.errors import UnreadableFile
from glioscope.reading.containers.entry import (
    Content,
    Entry,
    Limits,
    is_companion,
    refuse_entries,
    require_sizes,
)
from glioscope.texts.message import Message, message

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")


def members(path: Path, limits: Limits = Limits()) -> Iterator[Entry]:  # noqa: B008 (frozen)
    """Files of an input in order of their names; none for an empty folder or ZIP.

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
        return _in_folder(path, limits)
    if not stat.S_ISREG(mode):
        raise UnreadableFile("reading.no_regular_file", name=path.name)
    if path.name.upper() == "DICOMDIR":
        from glioscope.reading.containers.dicomdir import in_dicomdir

        return in_dicomdir(path, limits)
    return _in_file(path, limits)


def _in_file(path: Path, limits: Limits) -> Iterator[Entry]:
    member = file_member(path, path.name, path.name)
    with member.open() as file:
        start = file.read(4)
    if start in _ZIP_STARTS:
        from glioscope.reading.containers.zip import in_zip

        return in_zip(path, limits)
    require_sizes([member.size], path.name, limits)
    return iter((member,))


def file_member(path: Path, name: str, where: Message | str) -> Entry:
    """A file on disk as a member; `where` is what errors call it.

    Raises:
        UnreadableFile: its size cannot be read.
    """
    try:
        return Entry(name, path.stat().st_size, partial(_open, path, where))
    except OSError as error:
        raise _locked(where, error) from error


def _open(path: Path, where: Message | str) -> Content:
    try:
        return path.open("rb")
    except OSError as error:
        raise _locked(where, error) from error


def _locked(where: Message | str, error: OSError) -> UnreadableFile:
    reason = error.strerror or message("reading.input_error")
    return UnreadableFile("reading.locked", where=where, reason=reason)


def _in_folder(root: Path, limits: Limits) -> Iterator[Entry]:
    paths = sorted(_files(root, limits))
    found = [
        file_member(path, path.relative_to(root).as_posix(), _entry(root.name, number))
        for number, path in enumerate(paths, start=1)
    ]
    require_sizes([m.size for m in found], root.name, limits)
    return iter(found)


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
                _require_inside(Path(entry.path), real, _entry(root.name, seen))
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
        raise _locked(inside, error) from error


def _entry(name: str, number: int) -> Message:
    return message("reading.where.entry", name=name, number=number)


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
