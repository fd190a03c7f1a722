"""Drops of two patients, by hand: A loses a slice when the study changes, B stays as it was."""

from pathlib import Path

import pytest
from tests.evaluation.small import SQUARE, A, B, masks, prediction, predictions, references

from glioscope.errors import InputError
from glioscope.evaluation.metrics.conventions import CONVENTIONS
from glioscope.evaluation.predictions.archive import ARCHIVE, variant_name, write_archive
from glioscope.evaluation.predictions.types import CasePrediction, DrawPrediction
from glioscope.evaluation.report.score_files import to_dict
from glioscope.evaluation.scores.drops import (
    PairedAnswers,
    against_run,
    changed_studies,
    drops_of,
    with_drops,
)
from glioscope.evaluation.scores.figure import Scores
from glioscope.evaluation.scores.score import score

CHANGED = prediction(A, masks([], SQUARE, [], []))
# A had 2 * 6 / 15 and has 2 * 4 / 12.
DROP_OF_A = 12 / 15 - 8 / 12


@pytest.fixture(scope="module")
def scores() -> Scores:
    return score(predictions(), references(), seed=3, resamples=400)


def dropped(scores: Scores, *after: CasePrediction, group: str = "variant=x") -> Scores:
    comparison = PairedAnswers(group, tuple(predictions()), after)
    return with_drops(scores, [comparison], references())


def test_drops_by_hand(scores: Scores) -> None:
    found = dropped(scores, CHANGED, prediction(B))
    dice, recall = found.figure("dice_drop/variant=x"), found.figure("recall_drop/variant=x")
    assert dice.value == pytest.approx(DROP_OF_A / 2)
    assert (dice.low, dice.high) == (0, pytest.approx(DROP_OF_A))
    assert (recall.value, recall.low, recall.high) == (1 / 4, 0, 1 / 2)
    assert (dice.n, recall.n) == (2, 4)
    assert drops_of(found) == (dice, recall)
    assert found.figures[: len(scores.figures)] == scores.figures


def test_studies_that_did_not_change_drop_by_nothing(scores: Scores) -> None:
    for figure in drops_of(dropped(scores, *predictions())):
        assert (figure.value, figure.low, figure.high) == (0, 0, 0)


def test_only_the_patients_of_both_are_compared(scores: Scores) -> None:
    dice, recall = drops_of(dropped(scores, CHANGED))
    assert dice.value == pytest.approx(DROP_OF_A)
    assert (dice.n, dice.low, recall.value, recall.n) == (1, None, 1 / 2, 2)
    with pytest.raises(InputError, match="no study stands in both"):
        with_drops(scores, [PairedAnswers("against=x", (CHANGED,), (prediction(B),))], references())


def test_a_run_folder_tells_its_changed_studies(tmp_path: Path, scores: Scores) -> None:
    assert not changed_studies(tmp_path, predictions())
    write_archive(tmp_path / variant_name("skull-removed"), [CHANGED, prediction(B)], {})
    write_archive(tmp_path / "predictions-of-mine.npz", predictions(), {})
    [found] = changed_studies(tmp_path, predictions())
    assert found.group == "variant=skull-removed"
    document = to_dict(with_drops(scores, [found], references()), {})
    assert document["figures"]["recall_drop/variant=skull-removed"]["value"] == 1 / 4
    assert document["conventions"]["dice_drop"] == CONVENTIONS["dice_drop"].text


def test_worse_than_another_run_is_a_positive_drop(tmp_path: Path, scores: Scores) -> None:
    write_archive(tmp_path / "five" / ARCHIVE, predictions(), {})
    comparison = against_run(tmp_path / "five", [CHANGED, prediction(B)])
    dice, _ = drops_of(with_drops(scores, [comparison], references()))
    assert dice.key == "dice_drop/against=five"
    assert dice.value == pytest.approx(DROP_OF_A / 2)


def test_draws_of_slices_are_no_run_to_compare_with(tmp_path: Path) -> None:
    fields = {k: getattr(CHANGED, k) for k in ("slice_names", "probability", "called", "mask")}
    write_archive(tmp_path / ARCHIVE, [DrawPrediction(number=0, **fields)], {})
    with pytest.raises(InputError, match="whole patients"):
        against_run(tmp_path, predictions())
