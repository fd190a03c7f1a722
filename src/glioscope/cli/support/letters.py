"""What is printed where the console or the file behind it knows few letters, as on Windows.

A Windows console shows every letter. What leads to a file or another program is in the system's
code page, which for Russian has Cyrillic and neither × nor − nor ². Such a letter becomes one that
is like it; JSON keeps it, escaped.
"""

import codecs
import io
import sys

_NEAR = "near"
_LIKE = {
    "×": "x",
    "−": "-",
    "–": "-",
    "—": "-",
    "…": "...",
    "±": "+/-",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "²": "2",
    "³": "3",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "‹": "<",
    "›": ">",
    "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
}


def print_near_letters() -> None:
    """From here on no letter stops a command: stdout and stderr print one that is like it, or ?."""
    codecs.register_error(_NEAR, _near)
    for stream in (sys.stdout, sys.stderr):
        # Also where every letter is known: the name of a file may hold bytes that are none.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_NEAR)


def stdout_knows_all() -> bool:
    """Whether stdout can print every letter; else JSON has to escape those beyond ASCII."""
    return _knows_all(getattr(sys.stdout, "encoding", None) or "utf-8")


def _knows_all(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith("utf")


def _near(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    known = (_LIKE.get(letter, "?") for letter in letters)
    return "".join(known), error.end
