"""One self-contained page: every figure of the paper beside ours, and what else decides."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from glioscope.evaluation.metrics.conventions import (
    CONVENTIONS,
    DRAW_INTERVALS,
    INTERVALS,
    IOU_NAMES,
)
from glioscope.evaluation.report import plots, tables
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
_WHOLE_PATIENTS = "<p>Not measured: draws of slices hold no whole patient.</p>"


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
    sections = _sections(page)
    links = "".join(f'<a href="#s{i}">{title}</a>' for i, (title, _) in enumerate(sections))
    body = "".join(
        f'<section id="s{i}"><h2>{title}</h2>{content}</section>'
        for i, (title, content) in enumerate(sections)
    )
    css = (
        resources.files("glioscope.evaluation.report")
        .joinpath("page.css")
        .read_text(encoding="utf-8")
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>glioscope evaluation</title><style>{css}</style></head><body><main>"
        f"{_header(page)}<nav>{links}</nav>{body}</main></body></html>\n"
    )


def _sections(page: Page) -> list[tuple[str, str]]:
    scores = page.scores
    counts = scores.slices.counts
    return [
        ("Beside the paper", _beside(page)),
        ("Class distribution", _image(plots.classes(counts), "Slices per class")),
        ("Confusion matrix", _confusion(scores)),
        ("Classification matrix", tables.classification_matrix(scores)),
        ("Loss curve", _loss(page)),
        ("Sample overlays", _samples(page)),
        ("ROC and precision-recall curves", _image(plots.roc_and_pr(scores.slices), "Curves")),
        ("Reliability", _reliability(scores)),
        ("Dice per patient", _dice(scores)),
        ("Error against lesion size", _by_size(scores)),
        ("Worst cases first", _worst(page)),
        ("IoU under every convention", tables.iou_conventions(scores, IOU_NAMES)),
        ("All figures with intervals", _all(scores)),
        ("By site, missing sequence and fold", _groups(scores)),
        ("Changed studies and other runs", _changed(scores)),
        ("Definitions", _definitions(page)),
    ]


def _header(page: Page) -> str:
    scores, protocol = page.scores, str(page.meta.get("protocol", ""))
    what = (
        f"{scores.draws} draws of {scores.slices.counts.total // scores.draws} slices"
        if scores.draws
        else f"{len(scores.patients)} studies, {scores.slices.counts.total} slices"
    )
    leaky = (
        f'<p class="warn">This protocol is {LEAKY}: slices of one patient stand in training and in '
        "test. The figures compare with the paper's and say nothing about the next patient.</p>"
        if page.leaky
        else ""
    )
    notes = "".join(f'<p class="warn">{escape(str(note))}</p>' for note in page.notes)
    cards = (*_CARDS, *(() if scores.draws else _PATIENT_CARDS))
    return (
        f"<h1>Evaluation</h1><p>{what}. Protocol: "
        f"<strong>{_protocol(protocol)}</strong>.</p>"
        '<p class="use"><strong>Research use only. Not a medical device:</strong> no diagnosis may '
        f"rest on this.</p>{leaky}{notes}"
        f'<div class="cards">{"".join(_card(scores, name) for name in cards)}</div>'
    )


def _protocol(name: str) -> str:
    return escape(name or "not stated").replace("leaky", LEAKY)


def _card(scores: Scores, name: str) -> str:
    figure = scores.figure(name)
    title = escape(CONVENTIONS[name].title)
    interval = tables.interval_of(figure) or "&nbsp;"
    return (
        f'<div class="card"><span>{title}</span><b>{tables.value_of(figure)}</b>'
        f"<span>{interval}</span></div>"
    )


def _image(svg: str, alt: str, caption: str = "") -> str:
    # As a picture of its own a plot keeps its ids and styles to itself.
    return _embedded("svg+xml", svg.encode(), alt, caption)


def _embedded(kind: str, content: bytes, alt: str, caption: str = "") -> str:
    coded = base64.b64encode(content).decode()
    text = f"<figcaption>{caption}</figcaption>" if caption else ""
    return (
        f'<figure><img src="data:image/{kind};base64,{coded}" alt="{escape(alt)}">{text}</figure>'
    )


def _beside(page: Page) -> str:
    scores = page.scores
    intervals = DRAW_INTERVALS if scores.draws else INTERVALS
    unlike = (
        "" if page.leaky else " The two columns do not measure the same thing: ours is by patient."
    )
    return (
        f"<p>The paper's protocol is {LEAKY} (slices split at random, "
        f"{escape(paper.PROTOCOL.partition(', ')[2])}), on {paper.SLICES} slices; the interval of "
        "its recall is Wilson's, "
        f"and its IoU does not state a convention. Ours: {intervals}.{unlike}</p>"
        f"{tables.beside_the_paper(scores, page.leaky)}"
    )


def _confusion(scores: Scores) -> str:
    names = ("tp", "fp", "tn", "fn")
    ours = [tables.value_of(scores.figure(n)) for n in names]
    theirs = [str(getattr(paper.COUNTS, n)) for n in names]
    title = f"ours, mean of {scores.draws} draws" if scores.draws else "ours"
    return (
        f'<div class="pair">{tables.confusion_matrix(title, *ours)}'
        f"{tables.confusion_matrix(f'paper ({LEAKY})', *theirs)}</div>"
    )


def _loss(page: Page) -> str:
    if not page.history:
        return "<p>No training history: it is read from history.csv with --run.</p>"
    return _image(plots.loss_curve(page.history), "Loss over epochs")


def _samples(page: Page) -> str:
    if page.overlays is None:
        return (
            "<p>Left out: pictures were not wanted (--no-pictures) or the reference has none.</p>"
        )
    groups = (("Slices with tumour, worst IoU to best", page.overlays.tumour),)
    groups += (("Slices without tumour: false alarms first", page.overlays.none),)
    parts = [
        f"<h3>{title}</h3>{_embedded('png', png, title)}"
        for title, png in groups
        if png is not None
    ]
    return f"{_picture_notice()}{''.join(parts)}"


def _picture_notice() -> str:
    return (
        '<p class="warn">These are pictures of the data set. They are for this disk only and must '
        "not be published, shared or put into a repository.</p>"
        '<p class="note">FLAIR; reference in green, prediction in orange.</p>'
    )


def _reliability(scores: Scores) -> str:
    figures = ", ".join(
        f"{CONVENTIONS[n].title} {tables.value_of(f)} {tables.interval_of(f)}"
        for n in ("ece", "brier")
        for f in [scores.figure(n)]
    )
    return f"<p>{figures}</p>{_image(plots.reliability(scores.slices), 'Reliability')}"


def _dice(scores: Scores) -> str:
    if not scores.patients:
        return _WHOLE_PATIENTS
    return _image(plots.dice_per_patient(scores.patients), "Volume Dice of every patient")


def _by_size(scores: Scores) -> str:
    plot = _image(plots.error_by_size(scores.slices, scores.patients), "Error against size")
    misses = missed_slices(scores)
    listed = (
        f"<h3>Missed slices, largest tumour first ({len(misses)} in all)</h3>"
        f"{tables.missed(misses, _SHOWN_MISSES)}"
        if misses
        else "<p>No slice with tumour was missed.</p>"
    )
    return f"{plot}{tables.groups(scores, 'size')}{listed}"


def _worst(page: Page) -> str:
    if not page.scores.patients:
        return _WHOLE_PATIENTS
    png = page.overlays.worst if page.overlays else None
    title = "The slice with most pixels wrong of the patients with the lowest Dice"
    shown = f"{_picture_notice()}{_embedded('png', png, title, title)}" if png else ""
    return f"{shown}{tables.worst_cases(page.scores)}"


def _all(scores: Scores) -> str:
    text = tables.all_figures(scores)
    if scores.patients and scores.figure("patient_specificity").value is None:
        text += (
            "<p><strong>Patient specificity cannot be measured here:</strong> every patient of "
            "this set has a tumour, and slices without tumour are slices of the same patients.</p>"
        )
    return text


def _groups(scores: Scores) -> str:
    found = [tables.groups(scores, kind) for kind in ("site", "missing", "fold")]
    alone = '<p class="note">A group of one patient has no interval.</p>'
    return "".join(found) + alone if any(found) else "<p>Not known for these slices.</p>"


def _changed(scores: Scores) -> str:
    found = tables.drops(drops_of(scores))
    return (
        found or "<p>Not at hand: a training run has them (--run), or another run (--against).</p>"
    )


def _definitions(page: Page) -> str:
    names = dict.fromkeys(f.name for f in page.scores.figures)
    entries = "".join(
        f"<dt>{escape(CONVENTIONS[n].title)} <code>{n}</code></dt>"
        f"<dd>{escape(CONVENTIONS[n].text)}</dd>"
        for n in names
    )
    run = escape(json.dumps(dict(page.meta), indent=2, ensure_ascii=False))
    drawn = (
        f"{DRAW_INTERVALS}"
        if page.scores.draws
        else f"{INTERVALS}, {page.scores.resamples} resamples, seed {page.scores.seed}"
    )
    return f"<p>Intervals: {drawn}.</p><dl>{entries}</dl><h3>The run</h3><pre>{run}</pre>"
