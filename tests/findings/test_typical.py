"""The decision between a tumour and other bright lesions."""

import numpy as np
import pytest

from glioscope.findings.midline import Midline
from glioscope.findings.typical import Outlined, decide_study, symmetry


def outlined(ml: float, symmetry: float = 0.0, lesions: int = 1) -> Outlined:
    return Outlined(ml, None, lesions, 1 / lesions, 0.8, symmetry)


def test_a_large_lesion_is_a_tumour_and_a_small_one_is_not_typical() -> None:
    assert decide_study(outlined(20))[0] == "tumour"
    assert decide_study(outlined(1, lesions=5))[0] == "not typical"


def test_lesions_opposite_each_other_speak_against_a_tumour() -> None:
    assert decide_study(outlined(12))[0] == "tumour"
    decision, basis = decide_study(outlined(12, symmetry=0.9))
    assert decision == "not typical"
    assert basis.parts["symmetry"] < 0 < basis.parts["volume"]
    assert basis.score == pytest.approx(sum(basis.parts.values()), abs=0.002)


def test_the_reason_tells_number_size_and_share_in_both_languages() -> None:
    reason = decide_study(Outlined(0.9, None, 5, 0.38, 0.61, 0.1))[1].reason
    assert str(reason) == (
        "5 lesions, the largest of 0.9 ml and 38\N{NO-BREAK SPACE}% of the volume; "
        "mean probability of the three highest slices 0.610."
    )
    said = reason.in_language("ru")
    assert said.startswith(
        "Зон изменённого сигнала: 5, самая большая 0,9 мл, 38\N{NO-BREAK SPACE}% "
    )


@pytest.mark.parametrize("between", [None, 5.0])
@pytest.mark.parametrize("lesions", [1, 3])
def test_the_reason_never_rounds_a_probability_to_certainty(between, lesions) -> None:
    reason = decide_study(Outlined(30.0, between, lesions, 0.8, 0.9996, 0.0))[1].reason
    assert str(reason).endswith(" >\N{NO-BREAK SPACE}0.999.")
    assert reason.in_language("ru").endswith(" >\N{NO-BREAK SPACE}0,999.")


def test_without_spacing_the_reason_tells_what_was_assumed() -> None:
    reason = decide_study(Outlined(30.0, 5.0, 1, 1.0, 0.9, 0.0))[1].reason
    assert "about 30.0 ml (slices taken to be 5 mm apart)" in str(reason)


def middle(column: float) -> Midline:
    return Midline(np.array([0.0, 0.0, 1.0]), column)


def blob(*columns: int) -> np.ndarray:
    mask = np.zeros((5, 40, 60), bool)
    for column in columns:
        mask[2, 15:20, column : column + 4] = True
    return mask


def test_symmetry_is_the_share_that_lies_opposite_of_something_outlined() -> None:
    plane = middle(29.5)
    assert symmetry(blob(10), plane, (1.0, 1.0)) == 0.0
    assert symmetry(blob(10, 46), plane, (1.0, 1.0)) == 1.0
    assert symmetry(blob(28), plane, (1.0, 1.0)) == 1.0
    assert symmetry(blob(), plane, (1.0, 1.0)) == 0.0


@pytest.mark.parametrize(("pixel", "expected"), [(1.0, 1.0), (6.0, 0.0)])
def test_opposite_means_within_six_millimetres(pixel: float, expected: float) -> None:
    assert symmetry(blob(10, 41), middle(29.5), (pixel, pixel)) == expected


def test_a_plane_that_is_turned_mirrors_rows_too() -> None:
    mask = np.zeros((1, 40, 40), bool)
    mask[0, 30, 8] = mask[0, 8, 30] = True
    diagonal = Midline(np.array([0.0, 1.0, -1.0]) / np.sqrt(2), 0.0)
    assert symmetry(mask, diagonal, (1.0, 1.0)) == 1.0
    assert symmetry(mask[:, ::-1], diagonal, (1.0, 1.0)) == 1.0
    assert symmetry(mask, middle(25.0), (1.0, 1.0)) == 0.0
