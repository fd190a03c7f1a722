"""The page holds every section, loads nothing, and says what protocol it speaks of."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from tests.evaluation.small import TRUTH, A, predictions, references

from glioscope.evaluation.metrics.conventions import IOU_NAMES
from glioscope.evaluation.predictions.load import DrawPrediction
from glioscope.evaluation.report.overlays import Pair, overlays
from glioscope.evaluation.report.page import Page, render, write_report
from glioscope.evaluation.scores.draws import score_draws
from glioscope.evaluation.scores.figure import Scores
from glioscope.evaluation.scores.score import score
from glioscope.texts.message import message

SECTIONS = (
    "Beside the paper",
    "Class distribution",
    "Confusion matrix",
    "Classification matrix",
    "Loss curve",
    "Sample overlays",
    "ROC and precision-recall curves",
    "Reliability",
    "Dice per patient",
    "Error against lesion size",
    "Worst cases first",
    "IoU under every convention",
    "All figures with intervals",
    "By site, missing sequence and fold",
    "Changed studies and other runs",
    "Definitions",
)
META = {"protocol": "patient-level 2-fold", "machine": "<script>alert(1)</script>"}
HISTORY = ({"epoch": 1.0, "loss": 0.5, "val_loss": 0.6}, {"epoch": 2.0, "loss": 0.4})


class _Parsed(HTMLParser):
    """Headings, what is loaded or linked, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "data")]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


@pytest.fixture(scope="module")
def scores() -> Scores:
    return score(predictions(), references(), resamples=20)


@pytest.fixture(scope="module")
def draws() -> Scores:
    first = predictions()[0]
    fields = {k: v for k, v in vars(first).items() if k in DrawPrediction.__dataclass_fields__}
    truth = dict(zip(first.slice_names, TRUTH[A], strict=True))
    return score_draws([DrawPrediction(number=n, **fields) for n in range(3)], truth)


@pytest.fixture(scope="module")
def page(scores: Scores) -> str:
    return render(
        Page(
            scores,
            META,
            history=HISTORY,
            notes=(message("evaluation.not_predicted", count=3, names="a, b"),),
        )
    )


def test_every_section_and_nothing_from_elsewhere(page: str) -> None:
    parsed = _Parsed(page)
    assert tuple(parsed.headings) == SECTIONS
    assert not parsed.open
    assert all(link.startswith(("#", "data:image/")) for link in parsed.links)
    assert not parsed.tags & {"script", "link", "iframe", "object", "embed"}
    assert not re.search(r"https?://|@import|url\(", page)


def test_plots_load_nothing_either(page: str) -> None:
    coded = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", page)
    assert len(coded) == 6, "classes, loss, curves, reliability, Dice, size"
    for part in coded:
        svg = base64.b64decode(part).decode()
        assert not re.search(r"(href|src)=\"(?!#)", svg)


def test_the_paper_stands_beside_us(page: str) -> None:
    for figure in ("0.812", "0.781 [0.61, 0.89]", "0.962", "0.862"):
        assert figure in page
    assert all(f"<code>{name}</code>" in page for name in IOU_NAMES)


def test_what_a_reader_must_know(page: str) -> None:
    assert "Research use only. Not a medical device" in page
    assert "Patient specificity cannot be measured here" in page
    assert "3 studies of the reference" in page
    assert "&lt;script&gt;" in page, "what comes from outside is text"
    assert "This protocol is" not in page


def test_leaky_is_said_in_red(scores: Scores, draws: Scores) -> None:
    for made in (scores, draws):
        page = render(Page(made, {"protocol": "paper-leaky"}, leaky=True))
        assert "This protocol is " in page
        assert 'paper-<strong class="leaky">leaky</strong>' in page
        assert tuple(_Parsed(page).headings) == SECTIONS
    assert "3 draws of 4 slices" in page and "<th>SD</th>" in page


def test_same_scores_give_the_same_page(scores: Scores, page: str) -> None:
    again = render(
        Page(
            scores,
            META,
            history=HISTORY,
            notes=(message("evaluation.not_predicted", count=3, names="a, b"),),
        )
    )
    assert again == page


def test_pictures_only_when_given(scores: Scores, page: str, tmp_path: Path) -> None:
    notice = "must not be published"
    assert notice not in page and "image/png" not in page
    masks = {
        name: Pair(truth, said)
        for case in predictions()
        for name, truth, said in zip(case.slice_names, TRUTH[case.study_id], case.mask, strict=True)
    }
    made = overlays(scores, masks, lambda _: np.full((6, 6), 0.5, np.float32))
    assert made and made.tumour and made.none and made.worst
    path = write_report(tmp_path, Page(scores, META, overlays=made))
    shown = path.read_text(encoding="utf-8")
    assert notice in shown and shown.count("image/png") == 3
    assert overlays(scores, masks, lambda _: None) is None
