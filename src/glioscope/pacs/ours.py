"""Tells series that glioscope made from those of a scanner."""

from collections.abc import Mapping
from typing import Any

from glioscope.writing.dicom.elements import MANUFACTURER


def is_ours(tags: Mapping[str, Any]) -> bool:
    """Whether a series, by the keywords of its header, is a result of glioscope."""
    described = str(tags.get("SeriesDescription", "")).lower()
    return tags.get("Manufacturer") == MANUFACTURER or described.startswith(f"{MANUFACTURER} ")
