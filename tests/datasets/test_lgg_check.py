"""Every fault that the check is for is made, and found by name."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from tests.lgg_folder import head_stack, write_case

from glioscope.datasets.lgg_check import check_lgg
from glioscope.errors import InputError

FIRST, SECOND = "TCGA_CS_0001_20000101", "TCGA_HT_0002_20000101"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_case(tmp_path, FIRST, *head_stack(5, seed=1))
    write_case(tmp_path, SECOND, *head_stack(4, seed=2))
    return tmp_path


def test_sound_folder(root: Path) -> None:
    told: list[tuple[int, int]] = []
    report = check_lgg(root, lambda done, total: told.append((done, total)))
    assert report.ok
    assert report.problems == ()
    assert told == [(1, 2), (2, 2)]
    assert (report.patients, report.slices, report.positive, report.negative) == (2, 9, 7, 2)
    assert report.sites == {"CS": 1, "HT": 1}
    assert report.sizes == {"48×48": 2}
    assert report.lesion_sizes == {"under 200 px": 7, "200 to 1000 px": 0, "over 1000 px": 0}
    assert report.cases[0].areas_px == (0, 32, 32, 32, 32)
    assert [case.runs for case in report.cases] == [1, 1]
    assert not report.is_whole_public_set


def test_report_as_plain_values(root: Path) -> None:
    document = check_lgg(root).to_dict()
    assert document["schema"] == "glioscope.lgg-report/1"
    assert document["ok"] is True
    assert document["cases"][1]["name"] == SECOND
    assert document["cases"][1]["positive"] == 3


def test_lesion_sizes_have_their_borders_where_metrics_has_them(tmp_path: Path) -> None:
    stack, masks = head_stack(5, size=64)
    for index, area in enumerate((199, 200, 1000, 1001, 0)):
        masks[index] = (np.arange(64 * 64) < area).reshape(64, 64)
    write_case(tmp_path, FIRST, stack, masks)
    report = check_lgg(tmp_path)
    assert list(report.lesion_sizes.values()) == [1, 2, 1]


def test_sequences_that_flair_replaces_are_no_fault(tmp_path: Path) -> None:
    stack, masks = head_stack()
    stack[..., 0] = stack[..., 1]
    write_case(tmp_path, FIRST, stack, masks)
    report = check_lgg(tmp_path)
    assert report.ok
    assert report.replaced == {FIRST: ("T1",)}


def test_two_runs_are_counted(tmp_path: Path) -> None:
    stack, masks = head_stack(5)
    masks[2] = False
    write_case(tmp_path, FIRST, stack, masks)
    assert check_lgg(tmp_path).cases[0].runs == 2


def _missing_mask(case: Path) -> None:
    (case / f"{FIRST}_2_mask.tif").unlink()


def _truncated(case: Path) -> None:
    path = case / f"{FIRST}_2.tif"
    path.write_bytes(path.read_bytes()[:2000])


def _truncated_mask(case: Path) -> None:
    path = case / f"{FIRST}_2_mask.tif"
    path.write_bytes(path.read_bytes()[:1500])


def _empty(case: Path) -> None:
    (case / f"{FIRST}_2.tif").write_bytes(b"")


def _grey_levels(case: Path) -> None:
    Picture.fromarray(np.eye(48, dtype=np.uint8)).save(case / f"{FIRST}_2_mask.tif")


def _other_size(case: Path) -> None:
    Picture.fromarray(head_stack(size=64)[0][2]).save(case / f"{FIRST}_2.tif")


def _gap(case: Path) -> None:
    (case / f"{FIRST}_3.tif").unlink()
    (case / f"{FIRST}_3_mask.tif").unlink()


def _no_first(case: Path) -> None:
    (case / f"{FIRST}_1.tif").unlink()
    (case / f"{FIRST}_1_mask.tif").unlink()


def _no_slices(case: Path) -> None:
    for path in case.iterdir():
        path.unlink()


def _stray(case: Path) -> None:
    (case / f"{FIRST}_2.tif").rename(case / f"{FIRST}_2 (copy).tif")


def _same_within(case: Path) -> None:
    (case / f"{FIRST}_5.tif").write_bytes((case / f"{FIRST}_2.tif").read_bytes())


def _same_across(case: Path) -> None:
    (case.parent / SECOND / f"{SECOND}_1.tif").write_bytes((case / f"{FIRST}_2.tif").read_bytes())


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (_missing_mask, f"{FIRST}_2_mask.tif is missing"),
        (_truncated, f"{FIRST}_2.tif is damaged or truncated"),
        (_truncated_mask, f"{FIRST}_2_mask.tif is damaged or truncated"),
        (_empty, f"{FIRST}_2.tif is empty"),
        (_grey_levels, "expected the values 0 and 255, got 0, 1"),
        (_other_size, "slices of different sizes (48×48, 64×64 px)"),
        (_gap, f"{FIRST}: slices missing: 3"),
        (_no_first, f"{FIRST}: slices begin at 2, expected 1"),
        (_no_slices, f"{FIRST}: no slices"),
        (_stray, f"{FIRST}_2 (copy).tif is not in the layout"),
        (_same_within, f"{FIRST}_2 and {FIRST}_5: the same picture"),
        (_same_across, f"{FIRST}_2 and {SECOND}_1: the same picture"),
    ],
)
def test_faults(root: Path, spoil: Callable[[Path], None], expected: str) -> None:
    spoil(root / FIRST)
    report = check_lgg(root)
    assert not report.ok
    assert any(expected in str(problem) for problem in report.problems), report.problems
    assert not any(str(root) in str(problem) for problem in report.problems)
    assert report.to_dict()["ok"] is False


def test_mask_of_another_size(root: Path) -> None:
    Picture.new("L", (64, 48)).save(root / FIRST / f"{FIRST}_2_mask.tif")
    report = check_lgg(root)
    (problem,) = report.problems
    assert "expected the size of its slice 48×48, got 64×48" in str(problem)
    assert len(report.cases[0].areas_px) == 4


def test_black_slices_are_no_duplicates(tmp_path: Path) -> None:
    stack, masks = head_stack(6)
    stack[[0, -1]] = 0
    write_case(tmp_path, FIRST, stack, masks)
    assert check_lgg(tmp_path).ok


def test_no_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected case folders"):
        check_lgg(tmp_path)
