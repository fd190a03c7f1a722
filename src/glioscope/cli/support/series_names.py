"""Options that name DICOM series, and the code page of their text, for every command with INPUT."""

import re
from typing import TYPE_CHECKING

from glioscope.errors import UsageError
from glioscope.settings import Charset, Settings, charset_of

if TYPE_CHECKING:
    from glioscope.study import Channel

# A series is named by its number or UID, either with /2 for its second stack of slices.
_SERIES = re.compile(r"[0-9]+(\.[0-9]+)*(/[0-9]+)?")


def is_series(text: str) -> bool:
    """Whether a text can name a series."""
    return _SERIES.fullmatch(text) is not None


def series_in(named: dict[str, str | None]) -> "dict[Channel, str]":
    """The series that were named, by sequence.

    Raises:
        UsageError: a text that can name no series.
    """
    from glioscope.study import Channel

    found = {Channel(name): text for name, text in named.items() if text}
    for sequence, text in found.items():
        if not is_series(text):
            raise UsageError("cli.series", option=sequence.value.lower(), value=text)
    return found


def charset_in(text: str | None, settings: Settings) -> Charset | None:
    """The code page that `--charset` names, else that of the settings.

    Raises:
        UsageError: an unknown code page.
    """
    return charset_of(text, "--charset") if text else settings.charset
