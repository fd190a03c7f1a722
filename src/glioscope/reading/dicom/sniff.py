"""Whether a file is DICOM, by its first bytes: names say nothing on a CD.

A file is DICOM when it holds the four letters of DICOM PS3.10 section 7.1 or, written without them
as old exports are, begins with an element that a data set begins with. pydicom is not imported.
"""

import struct

from glioscope.errors import UnreadableFile
from glioscope.reading.containers.entry import Container, Content, Entry

MAGIC = b"DICM"
PREAMBLE = 128

# Group and element with which a file without preamble begins: the meta group's length, the data
# set's length, the character set, the image type or the SOP class; in either byte order.
_FIRST = ((2, 0), (2, 1), (2, 2), (8, 0), (8, 1), (8, 5), (8, 8), (8, 0x12), (8, 0x16))
_FIRST_ELEMENTS = {struct.pack(f"{order}HH", *tag) for tag in _FIRST for order in "<>"}


def is_dicom(stream: Content) -> bool:
    """Whether a file looks like DICOM, by its first bytes; leaves it at its start."""
    head = stream.read(PREAMBLE + len(MAGIC))
    stream.seek(0)
    return head[PREAMBLE:] == MAGIC or head[:4] in _FIRST_ELEMENTS


def holds_dicom(container: Container) -> bool:
    """Whether a folder tree, a ZIP, or a file itself holds DICOM; stops at the first such file."""
    return any(_looks(entry) for entry in container.entries)


def _looks(entry: Entry) -> bool:
    try:
        with entry.open() as stream:
            return is_dicom(stream)
    except (UnreadableFile, OSError):
        return False
