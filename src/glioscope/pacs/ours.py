"""Tells series that glioscope made from those of a scanner.

By the description, which every result begins with the product's name: phantoms name glioscope as
their manufacturer too.
"""

from collections.abc import Mapping
from typing import Any


def is_ours(tags: Mapping[str, Any]) -> bool:
    """Whether a series, by the keywords of its header, is a result of glioscope."""
    return str(tags.get("SeriesDescription", "")).lower().startswith("glioscope")
