# pyright: basic
# It speaks with pydicom, whose types have gaps.
"""The files that a DICOMDIR names (PS3.10, section 8; PS3.3, annex F)."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError

from glioscope.errors import UnreadableFile
from glioscope.reading.containers.entry import (
    GIB,
    Content,
    Entry,
    Limits,
    file_entry,
    refuse_entries,
    require_sizes,
)
from glioscope.reading.damage import DAMAGE
from glioscope.reading.quiet import quietly
from glioscope.texts.message import message

# A record of an image takes some 500 bytes.
_MOST_BYTES = 64 * 2**20


def in_dicomdir(path: Path, limits: Limits) -> tuple[Entry, ...]:
    """Files that a DICOMDIR names, each once, in order of their names.

    Discs are mounted with names in upper or lower case: where the exact name is not there, one that
    differs in case only is taken.

    Raises:
        UnreadableFile: see `glioscope.reading.containers.folder.open_container`.
    """
    root = path.parent.resolve()
    named = sorted(set(_directory(path)))
    if len(named) > limits.entries:
        raise refuse_entries(path.name, limits)
    names = cache(_names)
    found = [_locate(root, parts, path.name, names) for parts in named]
    if missing := sum(1 for file in found if file is None):
        raise UnreadableFile(
            "reading.disc_incomplete", name=path.name, named=len(found), missing=missing
        )
    listed = tuple(
        file_entry(
            file, "/".join(parts), message("reading.where.listed_file", name=path.name, number=n)
        )
        for n, (file, parts) in enumerate(zip(found, named, strict=True), start=1)
        if file is not None
    )
    require_sizes([m.size for m in listed], path.name, limits)
    return listed


def listed_files(stream: Content, name: str) -> list[tuple[str, ...]]:
    """Folders and file of each ReferencedFileID of a DICOMDIR, as they stand in it.

    Some put `/` where DICOM wants a backslash.

    Raises:
        UnreadableFile: it is damaged or no DICOMDIR; the error calls it `name`.
    """
    try:
        # pydicom warns of damage with a path that may name the patient; what counts is raised here.
        with quietly():
            directory = pydicom.dcmread(
                stream, force=True, specific_tags=["DirectoryRecordSequence"]
            )
            records = directory.DirectoryRecordSequence
            ids = [r.ReferencedFileID for r in records if "ReferencedFileID" in r]
    # MemoryError: so small a file that asks for more memory than there is.
    except (*DAMAGE, InvalidDicomError, MemoryError) as error:
        raise UnreadableFile("reading.disc_directory_damaged", name=name) from error
    values = ([one] if isinstance(one, str) else list(one) for one in ids if one)
    return [tuple("/".join(map(str, parts)).split("/")) for parts in values]


def _directory(path: Path) -> list[tuple[str, ...]]:
    """What a DICOMDIR on disk lists; no name leads out of its folder.

    Raises:
        UnreadableFile: it is too large, damaged, or names a file outside the disc.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise UnreadableFile("reading.disc_directory_large", name=path.name, most=_MOST_BYTES / GIB)
    with file_entry(path, path.name, path.name).open() as stream:
        listed = listed_files(stream, path.name)
    if any(not p or p in (".", "..") or ":" in p or "\0" in p for parts in listed for p in parts):
        raise UnreadableFile("reading.disc_leads_out", name=path.name)
    return listed


def _locate(
    root: Path, parts: tuple[str, ...], where: str, names: Callable[[Path], dict[str, str]]
) -> Path | None:
    """The file under `root`, or None where there is none; `names` lists a folder, once."""
    path = root
    for part in parts:
        exact = path / part
        path = exact if exact.exists() else path / names(path).get(part.lower(), part)
    if not path.is_file():
        return None
    if not path.resolve().is_relative_to(root):
        raise UnreadableFile("reading.disc_link_out", name=where)
    return path


def _names(folder: Path) -> dict[str, str]:
    """Names in a folder by their lower-case form; {} where it cannot be listed."""
    try:
        return {entry.name.lower(): entry.name for entry in folder.iterdir()}
    except OSError:
        return {}
