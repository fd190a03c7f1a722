"""Scores of two patients against figures worked out by hand (see small.py)."""

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.evaluation.small import TRUTH, A, B, masks, prediction, predictions, references

from glioscope.errors import GridMismatch, InputError, UsageError
from glioscope.evaluation.metrics.conventions import CONVENTIONS
from glioscope.evaluation.predictions.load import DrawPrediction
from glioscope.evaluation.predictions.references import Truth, read_references
from glioscope.evaluation.report.score_files import COLUMNS, to_csv, to_dict, to_json
from glioscope.evaluation.scores.draws import score_draws
from glioscope.evaluation.scores.score import Scores, score
from glioscope.reading import lgg
from glioscope.study import Channel

BY_HAND = {
    "tp": 3,
    "fp": 1,
    "tn": 2,
    "fn": 1,
    "recall": 3 / 4,
    "precision": 3 / 4,
    "f1": 6 / 8,
    "specificity": 2 / 3,
    "precision_negative": 2 / 3,
    "f1_negative": 4 / 6,
    "accuracy": 5 / 7,
    "roc_auc": 10 / 12,
    "pr_auc": (1 + 1 + 1 + 4 / 6) / 4,
    "recall_at_specificity_95": 3 / 4,
    "brier": (0.01 + 0.01 + 0.04 + 0.36 + 0.64 + 0.09 + 0.09) / 7,
    "fn_area_median": 1,
    "fn_area_max": 1,
    "iou_positive": (1 + 0.5 + 0 + 0.5) / 4,
    "iou_all": (1 + 1 + 0.5 + 0 + 0 + 0.5 + 1) / 7,
    "iou_pooled": 8 / 14,
    "iou_hits": (1 + 0.5 + 0.5) / 3,
    "box_iou_positive": (1 + 0.5 + 0 + 1) / 4,
    "box_iou_all": (1 + 1 + 0.5 + 0 + 0 + 1 + 1) / 7,
    "box_iou_pooled": 10 / 14,
    "box_iou_hits": (1 + 0.5 + 1) / 3,
    "dice_mean": (12 / 15 + 4 / 7) / 2,
    "dice_median": (12 / 15 + 4 / 7) / 2,
    "dice_p10": 4 / 7 + 0.1 * (12 / 15 - 4 / 7),
    "dice_below_05": 0,
    "dice_below_07": 1,
    "hd95_px_infinite": 2,
    "lesion_recall": 1,
    "false_lesions_per_study": 0.5,
    "volume_error_median": (1 / 8 + 3 / 5) / 2,
    "volume_error_p90": 1 / 8 + 0.9 * (3 / 5 - 1 / 8),
    "patient_recall": 1,
    "patient_miss_rate": 0.25,
    "recall/size=<200 px": 3 / 4,
    "iou_positive/size=<200 px": 0.5,
    "recall/site=CS": 1,
    "recall/site=DU": 1 / 2,
    "specificity/site=CS": 1 / 2,
    "dice_mean/site=DU": 4 / 7,
    "iou_positive/fold=1": 0.25,
    "recall/missing=T1": 1 / 2,
}


def missing(study: str) -> tuple[Channel, ...]:
    return (Channel.T1,) if study == B else ()


@pytest.fixture(scope="module")
def scores() -> Scores:
    return score(predictions(), references(), seed=3, resamples=50, missing=missing)


@pytest.mark.parametrize("key", BY_HAND)
def test_figure_by_hand(scores: Scores, key: str) -> None:
    assert scores.figure(key).value == pytest.approx(BY_HAND[key], abs=1e-12)


def test_what_cannot_be_measured_is_none(scores: Scores) -> None:
    specificity = scores.figure("patient_specificity")
    assert (specificity.value, specificity.low, specificity.n) == (None, None, 0)
    assert "Not measurable" in CONVENTIONS["patient_specificity"].text
    assert scores.figure("recall/size=>1000 px").value is None


def test_what_the_list_of_possible_misses_adds_by_hand() -> None:
    listed = {A: [True, False, False, False], B: [True, False, True]}
    said = [replace(p, listed=np.array(listed[p.study_id])) for p in predictions()]
    found = score(said, references(), resamples=20)
    wanted = {"misses_listed": (1, 1), "recall_with_list": (1, 4), "list_length": (1.5, 2)}
    assert {n: (found.figure(n).value, found.figure(n).n) for n in wanted} == wanted
    # Control: a list that holds other slices than the missed one finds nothing.
    said[1] = replace(said[1], listed=np.array([False, False, True]))
    found = score(said, references(), resamples=20)
    assert found.figure("misses_listed").value == 0
    assert found.figure("recall_with_list").value == found.figure("recall").value == 3 / 4


def test_without_lists_nothing_is_said_of_them(scores: Scores) -> None:
    for name in ("misses_listed", "list_length", "recall_with_list"):
        assert (scores.figure(name).value, scores.figure(name).n) == (None, 0)


def test_every_figure_has_a_convention(scores: Scores) -> None:
    assert {f.name for f in scores.figures} <= CONVENTIONS.keys()
    with pytest.raises(KeyError):
        scores.figure("no such figure")


def test_n_is_what_the_figure_rests_on(scores: Scores) -> None:
    rests_on = {"recall": 4, "precision": 4, "specificity": 3, "iou_hits": 3, "f1": 7}
    assert {name: scores.figure(name).n for name in rests_on} == rests_on
    assert scores.figure("dice_mean").n == 2


def test_interval_of_two_patients_spans_both(scores: Scores) -> None:
    recall = scores.figure("recall")
    assert (recall.low, recall.high) == (1 / 2, 1)
    assert scores.figure("tp").low is None
    assert scores.figure("recall/site=CS").low is None, "one patient has no interval"


def test_same_seed_same_scores_another_seed_others() -> None:
    def made(seed: int) -> str:
        many = [replace(p, study_id=f"{p.study_id}{i}") for p in predictions() for i in range(5)]
        truth = {p.study_id: references()[p.study_id[:-1]] for p in many}
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(many))
        return to_json(score([many[i] for i in order], truth, seed=seed // 10, resamples=40), {})

    assert made(10) == made(11), "the order of predictions does not matter"
    assert made(10) != made(20)


def test_patient_without_tumour_makes_specificity_measurable() -> None:
    healthy = masks([], [], [])
    truth = {A: references()[A], B: Truth(healthy)}
    found = score([prediction(A), prediction(B)], truth, resamples=10).figure("patient_specificity")
    assert (found.value, found.n) == (0.0, 1)
    quiet = prediction(B, healthy)
    assert score([prediction(A), quiet], truth, resamples=10).figure(found.name).value == 1.0


def test_self_assessment_by_hand() -> None:
    """Dice of A is 12/15, of B 4/7; C repeats B and is not flagged."""
    first, second = predictions()
    said = [
        replace(first, predicted_dice=0.9, flagged=False),
        replace(second, flagged=True),
        replace(second, study_id="C", predicted_dice=0.5, flagged=False),
    ]
    scores = score(said, references() | {"C": references()[B]}, resamples=10)
    by_hand = {
        "flagged_share": (1 / 3, 3),
        "flag_recall_07": (1 / 2, 2),
        "predicted_dice_mae": ((0.1 + 4 / 7 - 0.5) / 2, 2),
    }
    for name, (value, n) in by_hand.items():
        assert scores.figure(name).value == pytest.approx(value)
        assert scores.figure(name).n == n
    told = {p["study_id"]: p for p in to_dict(scores, {})["patients"]}
    assert [told[s]["predicted_dice"] for s in (A, B, "C")] == [0.9, None, 0.5]
    assert [told[s]["flagged"] for s in (A, B, "C")] == [False, True, False]
    good = score([said[0]], references(), resamples=10)
    assert (good.figure("flag_recall_07").value, good.figure("flag_recall_07").n) == (None, 0)


def test_without_self_assessment_it_is_not_scored(scores: Scores) -> None:
    assert not {"flagged_share", "flag_recall_07", "predicted_dice_mae"} & {
        f.name for f in scores.figures
    }


def test_infinite_distance_is_said_and_not_hidden(scores: Scores) -> None:
    assert math.isinf(scores.figure("hd95_px").value or 0)
    assert to_dict(scores, {})["figures"]["hd95_px"]["value"] == "inf"


def test_known_spacing_gives_millimetres() -> None:
    truth = {A: Truth(TRUTH[A], (2.0, 3.0, 5.0))}
    shifted = np.roll(TRUTH[A], 1, axis=2)
    scores = score([prediction(A, shifted)], truth, resamples=10)
    assert scores.figure("hd95_mm").value == 3.0, "one column of 3 mm"
    assert scores.figure("hd95_px").value == 1.0
    assert scores.figure("surface_dice_2mm").value < scores.figure("surface_dice_2px").value


def test_csv_and_json_agree_to_the_last_digit(scores: Scores) -> None:
    document = json.loads(to_json(scores, {"protocol": "x"}))
    rows = list(csv.DictReader(io.StringIO(to_csv(scores))))
    assert tuple(rows[0]) == COLUMNS
    assert [r["figure"] for r in rows] == list(document["figures"])
    for row in rows:
        figure = document["figures"][row["figure"]]
        for column in ("value", "low", "high"):
            number = figure[column]
            assert row[column] == ("" if number is None else str(number))
        assert row["n"] == str(figure["n"])
        assert row["convention"] == document["conventions"][row["figure"].split("/")[0]]


def test_json_tells_the_patients_and_the_misses(scores: Scores) -> None:
    document = to_dict(scores, {"protocol": "by patient"})
    assert document["run"] == {"protocol": "by patient"}
    assert document["missed_slices"] == [{"slice": f"{B}_1", "area_px": 1, "probability": 0.2}]
    second = document["patients"][1]
    assert (second["study_id"], second["fn"], second["missing"]) == (B, 1, ["T1"])
    assert document["paper"]["recall"] == 25 / 32


def test_missing_reference_is_named() -> None:
    with pytest.raises(InputError, match=B):
        score(predictions(), {A: references()[A]})
    with pytest.raises(InputError, match="nothing to score"):
        score([], {})
    with pytest.raises(UsageError, match="resample"):
        score(predictions(), references(), resamples=0)


def test_other_size_is_refused_and_named() -> None:
    truth = references() | {B: Truth(np.zeros((3, 6, 7), bool))}
    with pytest.raises(GridMismatch, match=rf"{B}.*6×6 px.*7×6 px"):
        score(predictions(), truth)


def draw(number: int, *names: tuple[str, int]) -> DrawPrediction:
    parts = [(prediction(study), index) for study, index in names]
    return DrawPrediction(
        number=number,
        slice_names=tuple(p.slice_names[i] for p, i in parts),
        probability=np.array([p.probability[i] for p, i in parts]),
        called=np.array([p.called[i] for p, i in parts]),
        mask=np.stack([p.mask[i] for p, i in parts]),
    )


def slice_references() -> dict[str, np.ndarray]:
    return {f"{s}_{i + 1}": m for s, stack in TRUTH.items() for i, m in enumerate(stack)}


def test_draws_give_mean_and_spread() -> None:
    # Recall 2 of 2 and 1 of 2; the first draw has no slice without tumour.
    draws = [draw(0, (A, 1), (A, 2)), draw(1, (B, 0), (B, 1), (B, 2))]
    scores = score_draws(draws, slice_references())
    recall = scores.figure("recall")
    assert (recall.value, recall.n) == (0.75, 2)
    assert (recall.low, recall.high) == pytest.approx((0.5125, 0.9875))
    assert scores.figure("recall/spread=sd").value == pytest.approx(math.sqrt(0.125))
    assert scores.figure("iou_hits").value == pytest.approx((0.75 + 0.5) / 2)
    assert (scores.figure("specificity").value, scores.figure("specificity").n) == (1.0, 1)
    assert to_dict(scores, {})["figures"]["recall"]["n_counts"] == "draws"


def test_draw_without_reference_is_named() -> None:
    with pytest.raises(InputError, match=f"draw 4: no reference for slice {A}_2"):
        score_draws([draw(4, (A, 1))], {})
    with pytest.raises(InputError, match="no draw"):
        score_draws([], {})
    with pytest.raises(GridMismatch, match=f"draw 4, slice {A}_2"):
        score_draws([draw(4, (A, 1))], {f"{A}_2": np.zeros((5, 6), bool)})


def test_reference_against_itself_is_perfect(lgg_root: Path) -> None:
    studies = [folder.name for folder in lgg.list_cases(lgg_root)][:4]
    truth = read_references(lgg_root, studies)
    cases = []
    for study in studies:
        mask = truth[study].mask
        positive = mask.any(axis=(1, 2))
        names = tuple(f"{study}_{i + 1}" for i in range(len(mask)))
        base = prediction(A)
        cases.append(
            replace(
                base,
                study_id=study,
                slice_names=names,
                probability=positive.astype(np.float64),
                called=positive,
                mask=mask,
            )
        )
    scores = score(cases, truth, resamples=20)
    ones = ("recall", "precision", "f1", "specificity", "roc_auc", "iou_positive", "iou_all")
    ones += ("iou_pooled", "iou_hits", "box_iou_all", "dice_mean", "dice_p10", "lesion_recall")
    ones += ("surface_dice_2px", "volume_icc", "patient_recall")
    assert {scores.figure(name).value for name in ones} == {1.0}
    zeros = ("fp", "fn", "ece", "brier", "hd95_px", "volume_error_p90", "false_lesions_per_study")
    assert {scores.figure(name).value for name in zeros} == {0.0}
