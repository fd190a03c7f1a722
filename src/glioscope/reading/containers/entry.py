"""One file of an input, wherever it lies, and how much of an input is read at most."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Literal

from glioscope.errors import UnreadableFile
from glioscope.texts.message import Message, message

GIB = 2**30

# Binary files to every reader; `typing.BinaryIO` cannot be checked at run time.
Content = BytesIO | BufferedReader


@dataclass(frozen=True)
class Entry:
    """A file of a folder, of a ZIP or of a disc.

    `name` is its path inside the container with `/` between parts, and may name the patient: it
    goes into no error and no log. `size` is in bytes, unpacked. `open` gives the content from its
    first byte, seekable; it raises `UnreadableFile` where the content cannot be read.
    """

    name: str
    size: int
    open: Callable[[], Content]


@dataclass(frozen=True)
class Container:
    """An input that was opened and listed, once: its entries in order of their names.

    `name` is the folder's or file's own; a file of any other kind stands for itself.
    """

    name: str
    kind: Literal["folder", "zip", "DICOMDIR", "file"]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Limits:
    """How much one input may hold.

    A head MRI is some thousand files and a few GiB; a disc of everything a hospital has of a
    patient is ten times that. `entries` counts files and folders; sizes are in bytes, unpacked.
    """

    entries: int = 100_000
    single: int = 2 * GIB
    total: int = 32 * GIB


def is_companion(name: str) -> bool:
    """Whether a file or folder is hidden or one of macOS's companions of other files."""
    return name.startswith(".") or name == "__MACOSX"


def refuse_entries(where: str, limits: Limits) -> UnreadableFile:
    """The error for too many files."""
    return UnreadableFile("reading.too_many_files", name=where, most=limits.entries)


def require_sizes(sizes: list[int], where: str, limits: Limits) -> None:
    """Refuse one file or a sum of sizes (bytes) above the limits.

    Raises:
        UnreadableFile: says which limit was passed, and by which entry.
    """
    for number, size in enumerate(sizes, start=1):
        if size > limits.single:
            most = limits.single / GIB
            raise UnreadableFile(
                "reading.large_entry", name=where, number=number, size=size / GIB, most=most
            )
    if sum(sizes) > limits.total:
        size, most = sum(sizes) / GIB, limits.total / GIB
        raise UnreadableFile("reading.large_input", name=where, size=size, most=most)


def file_entry(path: Path, name: str, where: Message | str) -> Entry:
    """A file on disk as an entry; `where` is what errors call it.

    Raises:
        UnreadableFile: its size cannot be read.
    """
    try:
        return Entry(name, path.stat().st_size, partial(_open, path, where))
    except OSError as error:
        raise locked(where, error) from error


def numbered(name: str, number: int) -> Message:
    """How errors name an entry: by its number, because its path may hold the patient's name."""
    return message("reading.where.entry", name=name, number=number)


def locked(where: Message | str, error: OSError) -> UnreadableFile:
    """The error for what the file system does not give."""
    reason = error.strerror or message("reading.input_error")
    return UnreadableFile("reading.locked", where=where, reason=reason)


def _open(path: Path, where: Message | str) -> Content:
    try:
        return path.open("rb")
    except OSError as error:
        raise locked(where, error) from error
