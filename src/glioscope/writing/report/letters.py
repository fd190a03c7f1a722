"""Letters that a report cannot show, and those that would turn its text round, as marks.

A PACS holds names in every script, and control characters that make a line read backwards. What
cannot be drawn is written as its number, so that nobody takes a shortened name for the whole one.
"""

import re
import unicodedata
from collections.abc import Container

# Directions of the bidirectional algorithm (UAX 9), and what controlled terminals; not line breaks.
_CONTROLS = re.compile(
    "[\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]+"
)
_BREAKS = frozenset("\n\r\t")


def visible(text: str) -> str:
    """The text with control characters as marks: `[U+202E]`."""
    return _CONTROLS.sub(lambda found: _mark(found[0]), text)


def drawable(text: str, letters: Container[int]) -> str:
    """The text with everything outside of `letters` (code points) as marks: `[U+738B U+5C0F]`.

    Letters and their accents are joined first, where one letter stands for both.
    """
    if all(ord(c) in letters or c in _BREAKS for c in text):
        return text
    shown, missing = "", ""
    for c in unicodedata.normalize("NFC", text):
        if ord(c) in letters or c in _BREAKS:
            shown += (_mark(missing) if missing else "") + c
            missing = ""
        else:
            missing += c
    return shown + (_mark(missing) if missing else "")


def _mark(letters: str) -> str:
    return f"[{' '.join(f'U+{ord(c):04X}' for c in letters)}]"
