"""`analysis.json`: the result for programs; `glioscope.reading.results` reads it back."""

from pathlib import Path

from glioscope.analysis import Analysis
from glioscope.files import atomic_json


def write_analysis_json(analysis: Analysis, path: Path) -> None:
    """Write `analysis.json`.

    Raises:
        ValueError: a figure is NaN or infinite.
    """
    atomic_json(path, analysis.to_dict())
