"""What a bundle is told of its training data, here four phantoms of a head."""

from pathlib import Path

import numpy as np
import pytest
from bench.phantom import write_case

from glioscope.model.plan import Plan
from glioscope.reading.lgg import list_cases
from glioscope.training.calibrate.gate_reference import chosen_and_left, reference_of
from lgg_folder import write_case as write_lgg_case

PLAN = Plan("toy", "1", size=96, context=1)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("set")
    for number in range(4):
        write_case(root / f"TCGA_XX_000{number}_20000101", size=96, slices=16 + number)
    return list_cases(root)


def test_one_half_is_chosen_on_and_the_other_left(cases: list[Path]) -> None:
    chosen, left = chosen_and_left(cases)
    assert not set(chosen) & set(left)
    assert sorted([*chosen, *left]) == cases
    reference = reference_of(cases, PLAN)
    assert reference is not None
    assert reference.patients == len(chosen) == 2
    assert reference.limits.score_refused == pytest.approx(2 * reference.limits.score_warned)


def test_one_patient_has_no_others_to_be_judged_by(cases: list[Path]) -> None:
    assert reference_of(cases[:2], PLAN) is None


def test_of_pictures_without_a_head_nothing_is_told(tmp_path: Path) -> None:
    """Single bright pixels hold no head; a bundle of such a set judges no study."""
    stack = np.zeros((4, 48, 48, 3), np.uint8)
    stack[:, ::4, ::4] = (90, 160, 120)
    case = write_lgg_case(tmp_path, "TCGA_XX_0001_20000101", stack, np.zeros((4, 48, 48), bool))
    assert reference_of([case], PLAN) is None
