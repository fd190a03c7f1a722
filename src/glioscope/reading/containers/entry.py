"""One file of an input, wherever it lies, and how much of an input is read at most."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader, BytesIO

from glioscope.errors import UnreadableFile

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
