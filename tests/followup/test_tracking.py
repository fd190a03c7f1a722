"""Which lesion is which over two studies, on blocks with known places."""

import numpy as np
import pytest

from glioscope.followup.tracking import Earlier, EarlierLesion, Track, follow, shift_to
from glioscope.volume import Grid
from phantoms import ORIENTATIONS

SHAPE = (40, 40, 40)


def grid(name: str = "oblique") -> Grid:
    return Grid(SHAPE, ORIENTATIONS[name])


def labelled(*blocks: tuple[int, int, int, int]) -> np.ndarray:
    """Cubes by their first corner and their edge, numbered from 1."""
    labels = np.zeros(SHAPE, np.int32)
    for number, (i, j, k, edge) in enumerate(blocks, start=1):
        labels[i : i + edge, j : j + edge, k : k + edge] = number
    return labels


def earlier(labels: np.ndarray, on: Grid, moved: tuple[float, ...] = (0, 0, 0)):
    """The same as an earlier result whose scanner put its zero elsewhere."""
    return tuple(
        EarlierLesion(
            f"1.2.{number}",
            f"Lesion {number}",
            np.argwhere(labels == number) @ on.affine[:3, :3].T + on.affine[:3, 3] + moved,
            on.voxel_ml * 1000,
        )
        for number in range(1, labels.max() + 1)
    )


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_equal_outlines_keep_their_uids_in_every_orientation(name: str) -> None:
    labels = labelled((5, 5, 5, 8), (25, 25, 25, 6))
    found = follow(labels, grid(name), earlier(labels, grid(name)))
    assert found == (Track("1.2.1", "Lesion 1"), Track("1.2.2", "Lesion 2"))


def test_a_lesion_keeps_its_uid_when_another_outgrows_it() -> None:
    before = labelled((5, 5, 5, 8), (25, 25, 25, 6))
    after = labelled((22, 22, 22, 12), (5, 5, 5, 8))
    found = follow(after, grid(), earlier(before, grid()))
    assert [track.uid for track in found] == ["1.2.2", "1.2.1"]


def test_another_grid_of_another_orientation_changes_nothing() -> None:
    """The same places in the patient, seen by a scan across the first."""
    before, on = labelled((8, 7, 4, 3), (14, 7, 4, 3)), grid("axial")
    across = Grid(SHAPE, ORIENTATIONS["sagittal"])
    after = np.zeros(SHAPE, np.int32)
    for number in (1, 2):
        points = np.argwhere(before == number) @ on.affine[:3, :3].T + on.affine[:3, 3]
        inverse = np.linalg.inv(across.affine)
        voxels = np.rint(points @ inverse[:3, :3].T + inverse[:3, 3]).astype(int)
        inside = ((voxels >= 0) & (voxels < SHAPE)).all(axis=1)
        after[tuple(voxels[inside].T)] = 3 - number
    found = follow(after, across, earlier(before, on))
    assert [track.uid for track in found] == ["1.2.2", "1.2.1"]


def test_without_overlap_the_nearest_within_15_mm_is_it() -> None:
    before = labelled((5, 5, 5, 3))
    near, far = labelled((9, 5, 5, 3)), labelled((5, 5, 30, 3))
    lesions = earlier(before, grid())
    assert follow(near, grid(), lesions) == (Track("1.2.1", "Lesion 1"),)
    assert follow(far, grid(), lesions) == (Track(),)


def test_of_two_near_ones_each_earlier_lesion_has_one_successor() -> None:
    before = labelled((5, 5, 5, 3))
    after = labelled((9, 5, 5, 3), (12, 9, 5, 3))
    found = follow(after, grid(), earlier(before, grid()))
    assert [track.uid for track in found] == ["1.2.1", ""]


def test_a_part_that_came_off_is_new_and_names_what_it_was_part_of() -> None:
    before = labelled((5, 5, 5, 12))
    after = labelled((5, 5, 5, 7), (13, 13, 5, 4))
    assert follow(after, grid(), earlier(before, grid())) == (
        Track("1.2.1", "Lesion 1"),
        Track(split_from=("1.2.1",)),
    )


def test_lesions_that_grew_together_go_on_as_the_larger_and_name_the_other() -> None:
    before = labelled((5, 5, 5, 7), (13, 13, 5, 4))
    after = labelled((5, 5, 5, 12))
    assert follow(after, grid(), earlier(before, grid())) == (
        Track("1.2.1", "Lesion 1", merged=("1.2.2",)),
    )


def test_nothing_before_and_nothing_now() -> None:
    labels = labelled((5, 5, 5, 3))
    assert follow(labels, grid(), ()) == (Track(),)
    assert follow(labelled(), grid(), earlier(labels, grid())) == ()


def test_heads_are_laid_on_each_other_unless_the_frame_of_reference_is_one() -> None:
    labels, moved = labelled((5, 5, 5, 6), (25, 5, 5, 6)), (3.0, -20.0, 45.0)
    there = Earlier("1.9", (3.0, -20.0, 145.0), earlier(labels, grid(), moved))
    shift = shift_to("1.8", (0.0, 0.0, 100.0), there)
    assert shift == (-3.0, 20.0, -45.0)
    found = follow(labels, grid(), there.lesions, shift)
    assert [track.uid for track in found] == ["1.2.1", "1.2.2"]
    # The control: where zero was elsewhere and nobody tells, they are not found again.
    assert {track.uid for track in follow(labels, grid(), there.lesions)} == {""}
    assert shift_to("1.9", (0.0, 0.0, 100.0), there) == (0.0, 0.0, 0.0)
    assert shift_to("1.8", None, there) == (0.0, 0.0, 0.0)
