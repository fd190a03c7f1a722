"""The archive on one page: counts, histograms, and what wants a look first.

The page is `templates/archive.html.j2`; it needs nothing beside it but the studies' own reports,
and every text in it is escaped.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from glioscope.cli.archive.ledger import Row
from glioscope.cli.archive.results import Results
from glioscope.settings import Language
from glioscope.writing.report.html import page_template
from glioscope.writing.wording import wording

NAME = "summary.html"
# Rows that a person reads; the table has them all.
_SHOWN = 200
_BINS = 10
# Upper ends of bins of volume, ml; beyond the last is one more.
_VOLUMES = (1, 2, 5, 10, 20, 50, 100, 200)


_INPUTS = {
    "fit": "cli.archive_fit",
    "fit with warnings": "cli.archive_warned",
    "refused": "cli.archive_refused",
}


@dataclass(frozen=True)
class Bar:
    """How many studies lie in a bin, and its height as a share of the highest."""

    label: str
    count: int
    height: float


def write_page(rows: Sequence[Row], results: Results, lang: Language) -> None:
    """Write `summary.html`; equal rows give equal bytes.

    Raises:
        OSError: there is no room.
    """
    words, first = wording(lang), sorted(rows, key=_urgency)[:_SHOWN]
    text = page_template("glioscope.cli.archive", "archive.html.j2").render(
        words=words,
        lang=lang,
        count=len(rows),
        decisions=Counter(row["decision"] for row in rows if row.get("decision")).most_common(),
        failed=sum(row["status"] == "failed" for row in rows),
        flagged=sum(_wants_review(row) for row in rows),
        probabilities=_probabilities(rows),
        volumes=_volumes(rows),
        inputs=_INPUTS,
        first=first,
        there=results.studies(),
    )
    results.write(NAME, text.encode())


def _wants_review(row: Row) -> bool:
    return bool(row.get("review")) or row.get("quality") not in (None, "fit")


def _urgency(row: Row) -> tuple[int, float, str]:
    """What failed, then what asks for a review, then the rest; most probable first."""
    rank = 0 if row["status"] == "failed" else 1 if _wants_review(row) else 2
    return rank, -(row.get("probability") or 0.0), row["study"]


def _probabilities(rows: Sequence[Row]) -> list[Bar]:
    found = [row["probability"] for row in rows if row.get("probability") is not None]
    counts = Counter(min(int(p * _BINS), _BINS - 1) for p in found)
    return _bars([(f"{(n + 1) / _BINS:.1f}", counts[n]) for n in range(_BINS)])


def _volumes(rows: Sequence[Row]) -> list[Bar]:
    found = [row["volume_ml"] for row in rows if row.get("volume_ml")]
    ends = (*_VOLUMES, float("inf"))
    counts = Counter(next(n for n, end in enumerate(ends) if volume <= end) for volume in found)
    names = [*(f"≤ {end}" for end in _VOLUMES), f"> {_VOLUMES[-1]}"]
    return _bars([(name, counts[n]) for n, name in enumerate(names)])


def _bars(counts: list[tuple[str, int]]) -> list[Bar]:
    highest = max(1, *(count for _, count in counts))
    return [Bar(label, count, count / highest) for label, count in counts]
