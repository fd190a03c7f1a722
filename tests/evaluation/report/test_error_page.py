"""The page by hand: its tables hold the rows and causes of two small patients (see small.py)."""

import re

import numpy as np
import pytest
from tests.evaluation.small import A, B, predictions, references

from glioscope.evaluation.predictions.lesion_contrast import LesionContrast
from glioscope.evaluation.report.error_page import ERROR_PAGE, render, write_errors
from glioscope.evaluation.scores.score import Scores, score
from glioscope.evaluation.scores.subgroups import agreement
from glioscope.study import Channel

META = {"protocol": "cv | <b>`by patient`"}


def missing(study: str) -> tuple[Channel, ...]:
    return (Channel.T1,) if study == B else ()


def look(study: str) -> LesionContrast | None:
    return LesionContrast(np.full(3, 0.4), np.zeros(3, bool)) if study == B else None


@pytest.fixture(scope="module")
def scores() -> Scores:
    return score(predictions(), references(), seed=3, resamples=50, missing=missing)


def rows(text: str, first: str) -> list[list[str]]:
    """Cells of every table row that starts with `first`."""
    lines = [line for line in text.splitlines() if line.startswith(f"| {first} |")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_missed_slice_stands_there_with_its_cause(scores: Scores) -> None:
    text = render(scores, META, look)
    assert "1 of 4 positive slices were missed." in text
    cells = [f"`{B}_1`", "1 / 3", "1", "end", "0.40", "0.200", "–", "T1", "small end slice"]
    assert rows(text, cells[0]) == [cells]
    assert rows(text, "small end slice")[0][-1] == "1"
    assert rows(text, "other")[0][-1] == "0"


def test_the_poor_patient_stands_there_and_the_good_one_does_not(scores: Scores) -> None:
    text = render(scores, META, look)
    (cells,) = rows(text, f"`{B}`")
    assert cells[1:6] == ["0.571", "3", "5", "4", "0.40"]
    assert cells[-5:] == ["67%", "0%", "0%", "T1", "small lesion"]
    assert rows(text, f"`{A}`") == []


def test_groups_by_hand(scores: Scores) -> None:
    found = agreement(scores.patients, seed=0, resamples=20)
    assert {kind: [g.name for g in groups] for kind, groups in found.items()} == {
        "Site": ["CS", "DU"],
        "Lesion area on its largest slice": ["<200 px"],
        "Missing sequence": ["T1", "none"],
        "Slices of the study": ["3 to 3", "4 to 4"],
    }
    (small,) = found["Lesion area on its largest slice"]
    assert (small.patients, small.recall.value, small.recall.n) == (2, 3 / 4, 4)
    site = {g.name: (g.dice.value, g.recall.value) for g in found["Site"]}
    assert site == {"CS": (12 / 15, 1.0), "DU": (pytest.approx(4 / 7), 0.5)}


def test_thirds_of_the_patients_by_their_slices(scores: Scores) -> None:
    a, b = scores.patients
    thirds = agreement([b, b, a, b, a, a], seed=0, resamples=5)["Slices of the study"]
    assert [(g.name, g.patients) for g in thirds] == [("3 to 3", 3), ("4 to 4", 3)]


def test_nothing_missed_and_nobody_poor_is_said(scores: Scores) -> None:
    perfect = score(
        [p for p in predictions() if p.study_id == A], references(), resamples=5, missing=missing
    )
    text = render(perfect, {}, look)
    assert "None of the 2 positive slices was missed." in text
    assert "None of the 1 patients." in text
    assert "Protocol: not stated." in text


def test_every_table_is_whole_and_text_from_outside_is_tame(scores: Scores, tmp_path) -> None:
    text = write_errors(tmp_path, scores, META, look).read_text(encoding="utf-8")
    assert (tmp_path / ERROR_PAGE).is_file()
    assert "cv / ‹b>'by patient'" in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1
    assert not re.search(r"!\[|<img", text)
