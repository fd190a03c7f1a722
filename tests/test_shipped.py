"""What ships: the bundle, its card, and the out-of-fold predictions the card's scores come from."""

import re
from pathlib import Path

import pytest

from glioscope.evaluation.metrics import dice_volume
from glioscope.evaluation.metrics.conventions import CONVENTIONS
from glioscope.evaluation.predictions.archive import read_archive
from glioscope.evaluation.predictions.references import read_references
from glioscope.evaluation.scores.drops import changed_studies, with_drops
from glioscope.evaluation.scores.score import Scores, score
from glioscope.model.bundle import load_model, shipped_model, verify
from glioscope.phantom.study import phantom_study
from glioscope.pipeline import analyze
from glioscope.reading.read import read
from glioscope.training.export.card import number
from glioscope.writing.report.content import study_content
from glioscope.writing.wording import wording

pytestmark = pytest.mark.usefixtures("unchecked")

RESULTS = Path(__file__).parents[1] / "results" / "robust"
MOST_BYTES = 20_000_000
SLICES = 12  # of a phantom; the demo's 24 take twice as long
ROW = re.compile(r"^\| .* \| `(?P<key>[^`]+)` \| (?P<value>[^|]+) \| (?P<interval>[^|]*) \|")


def card() -> str:
    return (shipped_model() / "card.md").read_text(encoding="utf-8")


def test_the_bundle_is_whole_small_and_says_what_it_is_for() -> None:
    folder = shipped_model()
    verify(folder)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= MOST_BYTES
    for words in ("Research use only", "Not a medical device", "CC BY-NC-SA 4.0"):
        assert words in card()


@pytest.mark.parametrize("seed", [0, 1])
def test_it_finds_the_phantoms_lesion_without_having_seen_it(seed: int) -> None:
    study, truth = phantom_study(seed=seed, slices=SLICES)
    analysis = analyze(study, load_model())
    assert analysis.decision == "tumour"
    assert dice_volume(truth.array, analysis.mask.array) > 0.8


def test_it_leaves_most_of_a_healthy_phantom_alone() -> None:
    study, _ = phantom_study(seed=0, lesions=(), slices=SLICES)
    called = [s for s in analyze(study, load_model()).slices if s.decision == "tumour"]
    assert len(called) <= SLICES // 6


def test_specks_of_a_real_case_make_it_neither_both_sides_nor_several_lesions(
    lgg_root: Path,
) -> None:
    """A large tumour on the right, and three specks, the largest on the left: 0.6 % of all."""
    found = analyze(read(lgg_root / "TCGA_FG_6689_20020326"), load_model())
    assert len(found.specks) >= 1 and {f.side for f in found.findings} == {"left", "right"}
    assert (found.side, len(found.lesions)) == ("right", 1)
    for lang, name in (("en", "right"), ("ru", "справа")):
        content = study_content(found, wording(lang))
        assert content.lines[0].text.endswith(name)
        assert any("2\u00a0%" in line.text for line in content.lines)


@pytest.fixture(scope="module")
def scores(lgg_root: Path) -> Scores:
    cases = read_archive(RESULTS / "predictions.npz").cases
    references = read_references(lgg_root, [c.study_id for c in cases])
    # The values are looked at and not their intervals, which take most of the time.
    scores = score(cases, references, resamples=1)
    return with_drops(scores, changed_studies(RESULTS, cases), references)


def test_the_cards_figures_are_those_of_the_predictions_to_the_last_digit(scores: Scores) -> None:
    rows = [match for line in card().splitlines() if (match := ROW.match(line))]
    assert len(rows) > 30
    for row in rows:
        figure = scores.figure(row["key"])
        assert row["value"] == number(figure.value, CONVENTIONS[figure.name]), row["key"]


def test_the_floor_of_the_foundation_is_kept(scores: Scores) -> None:
    recall = scores.figure("recall_at_specificity_95").value
    dice = scores.figure("dice_mean").value
    assert recall is not None
    assert dice is not None
    assert recall >= 0.89
    assert dice >= 0.78
