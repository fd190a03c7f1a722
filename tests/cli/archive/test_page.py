"""The page of an archive: what wants a look comes first, in both languages, and nothing runs."""

import pytest

from glioscope.cli.archive.page import write_page
from glioscope.cli.archive.results import FolderResults

ROWS = [
    {"study": "calm", "status": "done", "decision": "no tumour", "probability": 0.2,
     "volume_ml": 0.0, "quality": "fit", "review": False},
    {"study": "odd", "status": "done", "decision": "tumour", "probability": 0.7,
     "volume_ml": 3.2, "quality": "fit with warnings", "review": False},
    {"study": "sure", "status": "done", "decision": "tumour", "probability": 0.99,
     "volume_ml": None, "quality": "fit", "review": False},
    {"study": "<script>", "status": "failed", "message": "<b>broken</b>\u202e"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "fit with warnings"), ("ru", "предупреждениями")]
)
def test_failed_then_flagged_then_probable(tmp_path, lang, word) -> None:
    (tmp_path / "odd").mkdir()
    write_page(ROWS, FolderResults(tmp_path), lang)
    page = (tmp_path / "summary.html").read_text(encoding="utf-8")
    places = [page.index(f">{name}<") for name in ("&lt;script&gt;", "odd", "sure", "calm")]
    assert places == sorted(places)
    assert word in page and "<script" not in page and "<b>" not in page and "\u202e" not in page
    assert page.count("<a href=") == 1, "only what is there is linked"
