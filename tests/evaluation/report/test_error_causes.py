"""Causes on patients made so that each cause is known beforehand."""

from dataclasses import replace

import numpy as np
import pytest

from glioscope.evaluation.predictions.lesion_contrast import LesionContrast
from glioscope.evaluation.predictions.references import Truth
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.evaluation.report.error_causes import (
    END,
    GAP,
    INSIDE,
    LOW_CONTRAST,
    NEXT,
    ONLY,
    POOR_DICE,
    THIN_SLICES,
    MissedSlice,
    missed_slices,
    patient_cause,
    poor_patients,
    slice_cause,
)
from glioscope.evaluation.scores.patient import measure
from glioscope.study import Channel

SIDE = 48


def patient(truth, said, *, missing=(), listed=None, name="TCGA_CS_0001_20000101"):
    """Masks from one (rows, columns) box per slice, or None; boxes start at row and column 4."""
    masks = [np.zeros((len(boxes), SIDE, SIDE), bool) for boxes in (truth, said)]
    for stack, boxes in zip(masks, (truth, said), strict=True):
        for plane, box in zip(stack, boxes, strict=True):
            if box:
                plane[4 : 4 + box[0], 4 : 4 + box[1]] = True
    called = masks[1].any(axis=(1, 2))
    names = tuple(f"{name}_{k + 1}" for k in range(len(truth)))
    listed = None if listed is None else np.array(listed)
    said_of = CasePrediction(
        name, names, np.where(called, 0.9, 0.1), called, masks[1], listed=listed
    )
    return measure(said_of, Truth(masks[0]), missing)


def clear(study, contrast=0.8, odd=(), slices=60):
    """Contrast everywhere the same; slices `odd` of low quality."""
    marked = np.zeros(slices, bool)
    marked[list(odd)] = True
    return LesionContrast(np.full(slices, contrast), marked)


SMALL, LARGE = (10, 10), (20, 20)


def test_a_missed_slice_is_told_with_its_place_and_what_is_known_of_it():
    case = patient(
        [None, SMALL, LARGE, LARGE, None],
        [None, None, LARGE, LARGE, None],
        missing=(Channel.T1,),
        listed=[False, True, False, False, False],
    )
    (row,) = missed_slices([case], clear)
    assert row == MissedSlice(
        study_id="TCGA_CS_0001_20000101",
        name="TCGA_CS_0001_20000101_2",
        number=2,
        slices=5,
        area_px=100,
        place=END,
        found=True,
        contrast=0.8,
        odd=False,
        probability=0.1,
        listed=True,
        missing=(Channel.T1,),
    )
    assert slice_cause(row) == "small end slice"


@pytest.mark.parametrize(
    ("said", "places"),
    [
        ("..###.", {1: END, 5: END}),
        ("...#..", {1: END, 2: NEXT, 4: NEXT, 5: END}),
        (".#.#..", {2: GAP, 4: NEXT, 5: END}),
        (".#....", {2: NEXT, 3: INSIDE, 4: NEXT, 5: END}),
    ],
)
def test_places_in_a_run_of_five(said, places):
    case = patient([None, *[LARGE] * 5], [LARGE if sign == "#" else None for sign in said])
    assert {row.number - 1: row.place for row in missed_slices([case], clear)} == places


def test_runs_are_told_apart():
    case = patient([LARGE, None, SMALL, None], [LARGE, None, None, None])
    (row,) = missed_slices([case], clear)
    assert (row.place, row.found, slice_cause(row)) == (ONLY, False, "whole run missed")


LIKELY = MissedSlice("a", "a_9", 9, 20, 400, INSIDE, True, 0.8, False, 0.1, None, ())


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({}, "other"),
        ({"place": END}, "end slice"),
        ({"place": GAP}, "other"),
        ({"slices": THIN_SLICES + 1}, "thin slices"),
        ({"slices": THIN_SLICES}, "other"),
        ({"missing": (Channel.T1GD,)}, "missing sequence"),
        ({"missing": None}, "other"),
        ({"area_px": 199}, "small area"),
        ({"area_px": 199, "place": NEXT}, "small end slice"),
        ({"area_px": 200, "place": NEXT}, "other"),
        ({"contrast": LOW_CONTRAST - 0.01}, "low contrast"),
        ({"contrast": LOW_CONTRAST}, "other"),
        ({"contrast": None}, "other"),
        ({"odd": True}, "low quality"),
        ({"found": False}, "whole run missed"),
        # The order: what stands first wins.
        ({"found": False, "odd": True}, "whole run missed"),
        ({"odd": True, "area_px": 50, "place": END}, "low quality"),
        ({"area_px": 50, "place": END, "contrast": 0.0}, "small end slice"),
        ({"contrast": 0.0, "area_px": 50}, "low contrast"),
        ({"missing": (Channel.T1,), "slices": 80}, "missing sequence"),
    ],
)
def test_the_first_rule_that_holds_is_the_cause(changes, cause):
    assert slice_cause(replace(LIKELY, **changes)) == cause


def test_missed_slices_come_largest_first_and_none_is_none():
    case = patient([SMALL, LARGE, LARGE], [None, None, LARGE])
    assert [row.area_px for row in missed_slices([case], clear)] == [400, 100]
    assert missed_slices([patient([SMALL], [SMALL])], clear) == []


def test_without_pictures_contrast_is_not_known_and_no_cause():
    case = patient([LARGE, LARGE, LARGE, LARGE], [LARGE, None, LARGE, LARGE])
    (row,) = missed_slices([case], lambda study: None)
    assert (row.contrast, row.odd, row.listed, slice_cause(row)) == (None, False, None, "other")


@pytest.mark.parametrize(
    ("truth", "said", "cause"),
    [
        ([None, LARGE], [LARGE, None], "not found"),
        ([SMALL, SMALL], [SMALL, (30, 30)], "small lesion"),
        ([LARGE, LARGE, LARGE, None], [None, None, LARGE, None], "missed slices"),
        ([LARGE, LARGE], [(20, 5), (20, 5)], "outline too small"),
        ([LARGE, None, None], [LARGE, LARGE, LARGE], "false slices"),
        ([LARGE, LARGE], [(40, 40), (40, 40)], "outline too large"),
    ],
)
def test_a_poor_patient_has_the_cause_it_was_made_with(truth, said, cause):
    (row,) = poor_patients([patient(truth, said)], lambda s: clear(s, slices=len(truth)))
    assert patient_cause(row) == cause
    assert row.missed + row.too_small + row.extra + row.too_large == pytest.approx(1)


def test_low_contrast_comes_before_the_kind_of_error():
    case = patient([LARGE, LARGE], [(20, 5), (20, 5)])
    (row,) = poor_patients([case], lambda study: clear(study, contrast=0.1, slices=2))
    assert (row.contrast, patient_cause(row)) == (pytest.approx(0.1), "low contrast")
    (row,) = poor_patients([case], lambda study: None)
    assert (row.contrast, patient_cause(row)) == (None, "outline too small")


def test_shares_of_the_wrong_voxels_by_hand():
    # 400 px missed; 300 left out; 100 on a slice without tumour; 0 beside: of 800 wrong ones.
    case = patient([LARGE, LARGE, None], [None, (20, 5), SMALL])
    (row,) = poor_patients([case], lambda study: clear(study, slices=3))
    assert (row.missed, row.too_small, row.extra, row.too_large) == (0.5, 0.375, 0.125, 0.0)


def test_control_good_patients_are_left_out_and_the_worst_comes_first():
    good = patient([LARGE], [LARGE], name="TCGA_CS_0002_20000101")
    worse = patient([LARGE], [(20, 4)], name="TCGA_CS_0003_20000101")
    poor = patient([LARGE], [(20, 8)], name="TCGA_CS_0004_20000101")
    rows = poor_patients([good, poor, worse], lambda study: None)
    assert [r.study_id for r in rows] == [worse.study_id, poor.study_id]
    assert all(r.dice < POOR_DICE <= good.dice for r in rows)
