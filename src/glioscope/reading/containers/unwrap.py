"""What was handed in without its wrapping: ZIPs of pictures or NIfTI files, folders in folders."""

import shutil
from pathlib import Path

from glioscope.files import move
from glioscope.reading.containers.folder import open_container
from glioscope.reading.containers.unpack import unpack
from glioscope.reading.dicom.sniff import holds_dicom


def unwrap(received: Path) -> Path:
    """The one thing that lies in a folder of the store's scratch, as readers want it.

    A ZIP of pictures or NIfTI files becomes a folder, since their readers open no ZIP; folders that
    hold nothing but another folder are left out.

    Raises:
        UnreadableFile: a ZIP is not to be trusted, or damaged.
        OSError: there is no room.
    """
    [inside] = received.iterdir()
    if inside.suffix.lower() == ".zip" and inside.is_file():
        inside = _unpacked(inside, received)
    while inside.is_dir() and len(only := list(inside.iterdir())) == 1 and only[0].is_dir():
        aside = move(only[0], received.with_name(f"{received.name}-inner"))
        inside.rmdir()
        inside = move(aside, received / only[0].name)
    return inside


def _unpacked(path: Path, received: Path) -> Path:
    """The folder in the ZIP's place; the ZIP itself where it holds DICOM, or nothing of ours."""
    container = open_container(path)
    if container.kind != "zip" or holds_dicom(container):
        return path
    beside = received.with_name(f"{received.name}-unpacked")
    beside.mkdir()
    try:
        folder = unpack(container, beside)
        if folder is None:
            return path
        path.unlink()
        return move(folder, received / folder.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
