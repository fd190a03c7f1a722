"""The files of a ZIP, refused as a whole before the first is unpacked when it is not to be trusted.

Overlapping entries are those of D. Fifield, "A better zip bomb", USENIX WOOT 2019.
"""

import io
import stat
from functools import partial
from itertools import pairwise
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from glioscope.errors import UnreadableFile
from glioscope.reading.containers.entry import (
    Content,
    Entry,
    Limits,
    is_companion,
    numbered,
    refuse_entries,
    require_sizes,
)
from glioscope.reading.damage import DAMAGE
from glioscope.texts.message import Message

# Deflate shrinks at most 1032 times. MRI shrinks 2 to 10 times, and a blank picture of a screen,
# which may lie among the others, is small.
_MOST_RATIO = 200
_SMALL_BYTES = 64 * 2**20

_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1
_LOCAL_HEADER_BYTES = 30
# An entry's name, extra fields and comment; those of ordinary ZIPs take some 100.
_ENTRY_BYTES = 512


class _Guarded(io.FileIO):
    """A ZIP whose table of contents is refused before memory is taken for it.

    zipfile asks for the whole table in one read and makes an object of each entry, whatever number
    the file itself claims. Once the table is read, `limits` is None and reads are as of any file.
    """

    limits: Limits | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        if self.limits is None:
            return super().read(size)
        most = self.limits.entries * _ENTRY_BYTES
        data = super().read(most + 1 if size is None or not 0 <= size <= most else size)
        if len(data) > most or data.count(_ENTRY) > self.limits.entries:
            raise _TooMany
        return data

    def __del__(self) -> None:
        # zipfile closes only what it opened itself; this goes with the last entry of the archive.
        self.close()


class _TooMany(Exception):
    """The table of contents is beyond the limits."""


def in_zip(path: Path, limits: Limits) -> tuple[Entry, ...]:
    """Files of a ZIP in order of their names; each is unpacked, whole, when it is opened.

    Raises:
        UnreadableFile: see `glioscope.reading.containers.folder.open_container`.
    """
    where = path.name
    archive = _open_archive(path, limits)
    entries = [e for e in archive.infolist() if not e.is_dir()]
    _require_plain(entries, where)
    require_sizes([e.file_size for e in entries], where, limits)
    _require_reason(entries, where)
    found = sorted(
        ((name, e) for e in entries if (name := _name(e, where))), key=lambda pair: pair[0]
    )
    if len({name for name, _ in found}) < len(found):
        raise UnreadableFile("reading.zip_twice", name=where)
    if found and all(name.lower().endswith(".zip") for name, _ in found):
        raise UnreadableFile("reading.zip_only_zips", name=where)
    return tuple(
        Entry(name, entry.file_size, partial(_unpack, archive, entry, numbered(where, n)))
        for n, (name, entry) in enumerate(found, start=1)
    )


def _open_archive(path: Path, limits: Limits) -> ZipFile:
    """The archive, its table of contents read once; its file closes with its last entry."""
    try:
        guarded = _Guarded(path)
        guarded.limits = limits
        archive = ZipFile(guarded)
    except _TooMany as error:
        raise refuse_entries(path.name, limits) from error
    except DAMAGE as error:
        raise UnreadableFile("reading.zip_damaged", name=path.name) from error
    guarded.limits = None
    return archive


def _require_plain(entries: list[ZipInfo], where: str) -> None:
    if any(e.flag_bits & _ENCRYPTED for e in entries):
        raise UnreadableFile("reading.zip_encrypted", name=where)
    if any(e.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for e in entries):
        raise UnreadableFile("reading.zip_method", name=where)


def _require_reason(entries: list[ZipInfo], where: str) -> None:
    """Refuse zip bombs: beyond any ratio of MRI, or one packed block shared by many entries."""
    sizes = [(e.file_size, e.compress_size) for e in entries]
    whole = (sum(size for size, _ in sizes), sum(packed for _, packed in sizes))
    for size, packed in (*sizes, whole):
        if size > _SMALL_BYTES and size > _MOST_RATIO * packed:
            raise UnreadableFile("reading.zip_bomb", name=where, ratio=_MOST_RATIO)
    for one, after in pairwise(sorted(entries, key=lambda e: e.header_offset)):
        if one.header_offset + _LOCAL_HEADER_BYTES + one.compress_size > after.header_offset:
            raise UnreadableFile("reading.zip_overlap", name=where)


def _name(entry: ZipInfo, where: str) -> str:
    """Path of an entry, or "" for one to be left out (hidden, or a link)."""
    name = entry.filename.replace("\\", "/")  # ZIPs made by .NET before 4.6.1
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0]:
        raise UnreadableFile("reading.zip_leads_out", name=where)
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return "" if is_link or any(is_companion(part) for part in parts) else name


def _unpack(archive: ZipFile, entry: ZipInfo, where: Message) -> Content:
    """The content in memory: readers of DICOM and NIfTI step back often, and inflating cannot."""
    try:
        return io.BytesIO(archive.read(entry))
    except DAMAGE as error:
        raise UnreadableFile("reading.zip_entry_damaged", where=where) from error
