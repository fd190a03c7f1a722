"""`analysis.json`: the result for programs; `glioscope.reading.results` reads it back."""

from pathlib import Path
from typing import Any

from glioscope.analysis import Analysis
from glioscope.files import atomic_json
from glioscope.followup.head import head_place
from glioscope.writing.report.conclusion import conclusion
from glioscope.writing.wording import wording


def write_analysis_json(analysis: Analysis, path: Path, lang: str) -> None:
    """Write `analysis.json`, its conclusion in the language of the report.

    Raises:
        UsageError: another language than ru or en.
        ValueError: a figure is NaN or infinite.
    """
    atomic_json(path, document_of(analysis, lang))


def document_of(analysis: Analysis, lang: str) -> dict[str, Any]:
    """What `write_analysis_json` writes."""
    words = wording(lang)
    said = {"lang": words.lang, "text": conclusion(analysis, words)}
    head = head_place(analysis.study, analysis.flair_scale)
    return {**analysis.to_dict(), "head_ras_mm": head, "conclusion": said}
