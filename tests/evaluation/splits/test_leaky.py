"""Splits: the paper's says that it leaks, ours refuses to."""

import pytest

from glioscope.errors import LeakError, UsageError
from glioscope.evaluation.splits.leaky import LeakFreeSplit, paper_leaky_split


def slices(count: int) -> list[str]:
    """Slices of patients with 40 slices each."""
    return [f"P{n // 40}_{n % 40}" for n in range(count)]


def sizes(count: int) -> tuple[int, int, int]:
    split = paper_leaky_split(slices(count), seed=1)
    return len(split.train), len(split.validation), len(split.test)


def test_the_papers_proportions() -> None:
    assert sizes(3929) == (3182, 657, 90)
    # The 90 patients at hand: 3177 * 3182 / 3839 = 2633.3.
    assert sizes(3267) == (2633, 544, 90)
    assert sizes(93) == (2, 1, 90)


def test_every_slice_stands_once() -> None:
    split = paper_leaky_split(slices(500), seed=1)
    assert sorted(split.train + split.validation + split.test) == sorted(slices(500))


def test_draws_differ_and_repeat() -> None:
    first, again = (paper_leaky_split(slices(500), seed=1) for _ in range(2))
    assert first == again == paper_leaky_split(slices(500)[::-1], seed=1)
    assert set(first.test) != set(paper_leaky_split(slices(500), seed=2).test)


def test_it_says_that_it_leaks_and_it_does() -> None:
    split = paper_leaky_split(slices(500), seed=1)
    assert split.leaky
    assert "leaky" in split.name
    assert "leaky" in str(split)
    patient_of = {name: name.split("_")[0] for name in slices(500)}
    with pytest.raises(LeakError):
        LeakFreeSplit(split.train, split.validation, split.test, patient_of)


@pytest.mark.parametrize("count", [0, 90, 91])
def test_too_few_slices_are_refused(count: int) -> None:
    with pytest.raises(UsageError):
        paper_leaky_split(slices(count), seed=1)


def test_a_slice_listed_twice_is_refused() -> None:
    with pytest.raises(UsageError):
        paper_leaky_split([*slices(200), "P0_0"], seed=1)


def test_a_split_by_patient() -> None:
    patient_of = {"a1": "a", "a2": "a", "b1": "b", "c1": "c"}
    split = LeakFreeSplit(("a1", "a2"), ("b1",), ("c1",), patient_of)
    assert not split.leaky
    assert "leaky" not in str(split)
    with pytest.raises(LeakError):
        LeakFreeSplit(("a1",), ("b1",), ("a2",), patient_of)
    with pytest.raises(LeakError):
        LeakFreeSplit(("a1",), (), ("a1",), patient_of)
    with pytest.raises(UsageError, match="1 items"):
        LeakFreeSplit(("a1", "d1"), (), ("b1",), patient_of)
