"""A ZIP of pictures or NIfTI files as a folder: their readers want files on a disk."""

import errno
import os
import shutil
from pathlib import Path, PurePosixPath

from glioscope.errors import UnreadableFile
from glioscope.files import is_reserved
from glioscope.reading.containers.entry import Container, Entry

_SUFFIXES = (".nii", ".nii.gz", ".tif", ".tiff", ".png")
_MOST_NAME = 200
_CHUNK = 2**20
# Where BIDS keeps what shows the anatomy; other folders of a subject hold other kinds of MRI.
_BIDS = "anat"


def unpack(container: Container, target: Path) -> Path | None:
    """Write pictures and NIfTI files into a new folder in `target`; None where there are none.

    Folders above all of them are left out, but for the name of the last, by which a public LGG case
    is known; with a BIDS subject its `anat` alone is taken.

    Raises:
        UnreadableFile: a file is damaged, or its name cannot be stored.
        OSError: there is no room.
    """
    wanted = [e for e in container.entries if e.name.lower().endswith(_SUFFIXES)]
    if not wanted:
        return None
    anatomy = [e for e in wanted if PurePosixPath(e.name).parent.name == _BIDS]
    wanted = anatomy or wanted
    if sum(e.size for e in wanted) > shutil.disk_usage(target).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    above = PurePosixPath(os.path.commonpath([str(PurePosixPath(e.name).parent) for e in wanted]))
    folder = target / (above.name or PurePosixPath(container.name).stem)
    _write(wanted, above, folder, container.name)
    return folder


def _write(entries: list[Entry], above: PurePosixPath, folder: Path, where: str) -> None:
    names = [PurePosixPath(e.name).relative_to(above) for e in entries]
    if len({str(name).casefold() for name in names}) < len(names):
        raise UnreadableFile("reading.zip_names", name=where)
    if not all(_storable(part) for name in names for part in (folder.name, *name.parts)):
        raise UnreadableFile("reading.zip_names", name=where)
    for entry, name in zip(entries, names, strict=True):
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise UnreadableFile("reading.zip_names", name=where) from error
        with entry.open() as content, path.open("wb") as stored:
            shutil.copyfileobj(content, stored, _CHUNK)


def _storable(part: str) -> bool:
    plain = part.isprintable() and not is_reserved(part) and not set(part) & set(':*?"<>|\\')
    return plain and len(part.encode(errors="replace")) <= _MOST_NAME
