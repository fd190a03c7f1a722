"""One self-contained page: every figure of the paper beside ours, and what else decides.

The page is `templates/page.html.j2`; every text in it is escaped by Jinja.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from glioscope.evaluation.metrics.conventions import (
    CONVENTIONS,
    DRAW_INTERVALS,
    INTERVALS,
    IOU_NAMES,
)
from glioscope.evaluation.report import plots, tables
from glioscope.evaluation.report.html import filled
from glioscope.evaluation.report.overlays import Overlays
from glioscope.evaluation.report.score_files import missed_slices
from glioscope.evaluation.report.tables import LEAKY
from glioscope.evaluation.scores import published as paper
from glioscope.evaluation.scores.drops import drops_of
from glioscope.evaluation.scores.figure import Scores
from glioscope.files import atomic_text
from glioscope.texts.message import Message

PAGE = "report.html"
_CARDS = ("recall", "specificity", "precision", "f1", "iou_positive", "iou_hits")
_PATIENT_CARDS = ("dice_mean", "dice_median", "patient_recall")
_SHOWN_MISSES = 20


@dataclass(frozen=True)
class Page:
    """What the page is made of.

    `history` has a row per epoch, empty where there is none; `overlays` is None where pictures are
    not at hand or not wanted; `notes` are warnings for the reader.
    """

    scores: Scores
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])
    leaky: bool = False
    history: Sequence[Mapping[str, float]] = ()
    overlays: Overlays | None = None
    notes: Sequence[Message] = ()


def write_report(folder: Path, page: Page) -> Path:
    """Write `report.html` and return its path."""
    path = folder / PAGE
    atomic_text(path, render(page))
    return path


def render(page: Page) -> str:
    """The page as HTML; it loads nothing from anywhere."""
    scores = page.scores
    css = resources.files("glioscope.evaluation.report") / "page.css"
    return filled(
        "page.html.j2",
        page=page,
        scores=scores,
        tables=tables,
        plots=plots,
        paper=paper,
        conventions=CONVENTIONS,
        iou_names=IOU_NAMES,
        css=Markup(css.read_text(encoding="utf-8")),
        what=_what(scores),
        protocol=_protocol(page),
        cards=(*_CARDS, *(() if scores.draws else _PATIENT_CARDS)),
        intervals=DRAW_INTERVALS if scores.draws else INTERVALS,
        drawn=_drawn(scores),
        misses=missed_slices(scores),
        shown_misses=_SHOWN_MISSES,
        drops=drops_of(scores),
        names=tuple(dict.fromkeys(f.name for f in scores.figures)),
        run=json.dumps(dict(page.meta), indent=2, ensure_ascii=False),
    )


def _what(scores: Scores) -> str:
    """What was scored."""
    total = scores.slices.counts.total
    if scores.draws:
        return f"{scores.draws} draws of {total // scores.draws} slices"
    return f"{len(scores.patients)} studies, {total} slices"


def _protocol(page: Page) -> Markup:
    name = str(page.meta.get("protocol", "")) or "not stated"
    return escape(name).replace("leaky", LEAKY)


def _drawn(scores: Scores) -> str:
    """How the intervals were drawn."""
    if scores.draws:
        return DRAW_INTERVALS
    return f"{INTERVALS}, {scores.resamples} resamples, seed {scores.seed}"
