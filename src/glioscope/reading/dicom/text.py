"""Text in DICOM headers, with the character set that was declared or the one the user names.

Scanners write Cyrillic in the code page of their console and declare nothing, or Latin-1. Nothing
in the file tells which page it was, so it is never guessed: `charset` is a setting of the site.
"""

import re
from typing import Any

from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName

from glioscope.reading.dicom.files import DICOM_DAMAGE, value
from glioscope.reading.dicom.headers import words
from glioscope.reading.quiet import quietly

# What stands for "nothing was declared": absent, ASCII, and Latin-1, which consoles declare
# whatever is typed into them. pydicom reads all three as Latin-1, byte for character.
_UNDECLARED = frozenset({"", "ISO_IR 6", "ISO 2022 IR 6", "ISO_IR 100"})
# Control characters, and marks of direction (Unicode's Bidi_Control).
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TEXT = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})


def text(header: Dataset, keyword: str, charset: str | None = None) -> str:
    """A text value as one line; "" where it is absent or cannot be read.

    What moves a terminal's cursor or turns the direction of writing is left out: it would let a
    text look like another one, or like none.
    """
    with quietly():
        found = words(value(header, keyword))
        if charset and undeclared(header):
            found = _again(found, charset)
    return " ".join(_UNSEEN.sub(" ", found).split())


def undeclared(header: Dataset) -> bool:
    """Whether the header leaves open in which code page its text is."""
    return words(value(header, "SpecificCharacterSet")).strip().upper() in _UNDECLARED


def declare(header: Dataset, charset: str | None) -> None:
    """Make the text of a header Unicode, in place, where its code page was left open.

    Nothing is changed without a `charset` or where the header declares its own.
    """
    if charset is None or not undeclared(header):
        return
    with quietly():
        _rewrite(header, charset)
    header.SpecificCharacterSet = "ISO_IR 192"


def _rewrite(item: Dataset, charset: str) -> None:
    for tag in list(item.keys()):
        try:
            element = item[tag]
        except DICOM_DAMAGE:
            continue
        if element.VR == "SQ":
            for below in element.value or ():
                _rewrite(below, charset)
        elif element.VR in _TEXT and not element.is_empty:
            element.value = _value_again(element.value, charset)


def _value_again(found: Any, charset: str) -> Any:
    if isinstance(found, (str, PersonName)):
        return _again(str(found), charset)
    return [_again(str(one), charset) for one in found]


def _again(found: str, charset: str) -> str:
    """Text that was read as Latin-1, read in another code page; as it was where that cannot be."""
    try:
        return found.encode("latin-1").decode(charset)
    except UnicodeError:
        return found
