"""The files that a DICOMDIR names (PS3.10, section 8; PS3.3, annex F)."""

import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from struct import error as StructError  # noqa: N812
from typing import Any

import pydicom
from pydicom.errors import InvalidDicomError

from glioscope.errors import UnreadableFile
from glioscope.reading.containers.entry import GIB, Entry, Limits, refuse_entries, require_sizes
from glioscope.reading.containers.folder import file_member
from glioscope.texts.message import message

# A record of an image takes some 500 bytes.
_MOST_BYTES = 64 * 2**20

_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    NotImplementedError,
    InvalidDicomError,
    OverflowError,
    MemoryError,
    RecursionError,
    StructError,
)


def in_dicomdir(path: Path, limits: Limits) -> Iterator[Entry]:
    """Files that a DICOMDIR names, each once, in order of their names.

    Discs are mounted with names in upper or lower case: where the exact name is not there, one that
    differs in case only is taken.

    Raises:
        UnreadableFile: see `glioscope.reading.containers.folder.members`.
    """
    root = path.parent.resolve()
    named = sorted({_parts(file_id, path.name) for file_id in _file_ids(path)})
    if len(named) > limits.entries:
        raise refuse_entries(path.name, limits)
    names = cache(_names)
    found = [_locate(root, parts, path.name, names) for parts in named]
    if missing := sum(1 for file in found if file is None):
        raise UnreadableFile(
            "reading.disc_incomplete", name=path.name, named=len(found), missing=missing
        )
    listed = [
        file_member(
            file, "/".join(parts), message("reading.where.listed_file", name=path.name, number=n)
        )
        for n, (file, parts) in enumerate(zip(found, named, strict=True), start=1)
        if file is not None
    ]
    require_sizes([m.size for m in listed], path.name, limits)
    return iter(listed)


def _file_ids(path: Path) -> Iterator[Any]:
    """ReferencedFileID of each record that has one."""
    if path.stat().st_size > _MOST_BYTES:
        raise UnreadableFile("reading.disc_directory_large", name=path.name, most=_MOST_BYTES / GIB)
    try:
        # pydicom warns of damage with a path that may name the patient; what counts is raised here.
        with warnings.catch_warnings(action="ignore"), path.open("rb") as file:
            directory = pydicom.dcmread(file, specific_tags=["DirectoryRecordSequence"])
            records = directory.DirectoryRecordSequence
            ids = [r.ReferencedFileID for r in records if "ReferencedFileID" in r]
    except _DAMAGE as error:
        raise UnreadableFile("reading.disc_directory_damaged", name=path.name) from error
    return (i for i in ids if i)


def _parts(file_id: Any, where: str) -> tuple[str, ...]:
    """Folders and file of a ReferencedFileID; some put `/` where DICOM wants a backslash."""
    values = [file_id] if isinstance(file_id, str) else list(file_id)
    parts = "/".join(str(value) for value in values).split("/")
    if any(not p or p in (".", "..") or ":" in p or "\0" in p for p in parts):
        raise UnreadableFile("reading.disc_leads_out", name=where)
    return tuple(parts)


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
