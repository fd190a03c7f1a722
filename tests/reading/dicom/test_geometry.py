"""Where slices lie: sorted along their normal, one exact affine, and each fault by its name."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pydicom import Dataset

from dicom_datasets import CENTRE, FLAIR, datasets, frames, head
from glioscope.errors import InvalidImage
from glioscope.reading.dicom.geometry import arrange
from glioscope.volume import Grid
from phantoms import ORIENTATIONS, grid_of

RNG = np.random.default_rng(5)


def made(name: str = "axial") -> list[Dataset]:
    return datasets(head(grid_of(name)))


def moved(ds: Dataset, by: np.ndarray) -> None:
    ds.ImagePositionPatient = [
        float(p + b) for p, b in zip(ds.ImagePositionPatient, by, strict=True)
    ]


def normal(ds: Dataset) -> np.ndarray:
    return np.cross(ds.ImageOrientationPatient[:3], ds.ImageOrientationPatient[3:])


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_any_order_gives_the_same_stack(name: str) -> None:
    found = made(name)
    sorted_once = arrange(frames(found), "s")
    mixed = [found[i] for i in RNG.permutation(len(found))]
    again = arrange(frames(mixed), "s")
    np.testing.assert_array_equal(again.grid.affine, sorted_once.grid.affine)
    uids = [[f.instance_uid for f in place] for place in again.places]
    assert uids == [[f.instance_uid for f in place] for place in sorted_once.places]
    truth = grid_of(name)
    corners = {tuple(np.rint(g.affine[:3, 3] * 1e4)) for g in (truth, again.grid)}
    ends = truth.affine @ [truth.shape[0] - 1, 0, 0, 1]
    assert len(corners | {tuple(np.rint(ends[:3] * 1e4))}) == 2, "the first slice is an end's"
    np.testing.assert_allclose(again.grid.spacing, truth.spacing, atol=1e-9)
    # Slices run along the cross product of the direction of rows and columns in every header.
    step = np.diag([-1, -1, 1]) @ again.grid.affine[:3, 0]
    assert step @ normal(found[0]) > 0


def test_planes_and_angles() -> None:
    axes = {"axial": [2, 1, 0], "coronal": [1, 2, 0], "sagittal": [0, 1, 2]}
    for plane, order in axes.items():
        affine = np.eye(4)
        affine[:3, :3] = np.diag([0.9, 1.1, 2.5])[:, order]
        stack = arrange(frames(datasets(head(Grid((12, 10, 9), affine)))), "s")
        assert stack.plane == plane
        assert stack.oblique_deg == pytest.approx(0, abs=1e-6)
    assert 5 < arrange(frames(made("oblique")), "s").oblique_deg < 30


def shear(found: list[Dataset]) -> None:
    for index, ds in enumerate(found):
        row = np.array(ds.ImageOrientationPatient[:3], float)
        moved(ds, row * index * 0.9 * np.tan(np.radians(12)))


def lean(found: list[Dataset]) -> None:
    """One slice beside the line of the others, at its own height."""
    moved(found[4], np.array(found[4].ImageOrientationPatient[:3], float) * 3)


def two_groups(found: list[Dataset]) -> None:
    for ds in found[10:]:
        moved(ds, normal(ds) * np.sign(rise(found)) * 0.4)


def rise(found: list[Dataset]) -> float:
    first, second = (np.array(ds.ImagePositionPatient, float) for ds in found[:2])
    return float((second - first) @ normal(found[0]))


def side_by_side(found: list[Dataset]) -> None:
    moved(found[4], np.array(found[3].ImagePositionPatient) - found[4].ImagePositionPatient)
    moved(found[4], np.array(found[4].ImageOrientationPatient[:3], float) * 30)


def same_uid(found: list[Dataset]) -> None:
    found[3].SOPInstanceUID = found[5].SOPInstanceUID


FAULTS: list[tuple[Callable[[list[Dataset]], object], str]] = [
    (lambda f: f.pop(6), r"missing slices: 1; instances 6 and 8 are 1\.80 mm apart"),
    (lambda f: [f.pop(6) for _ in range(3)], "missing slices: 3; instances 6 and 10"),
    (
        two_groups,
        r"uneven slice spacing: instances 10 and 11 are 1\.30 mm.*usual distance is 0\.90",
    ),
    (shear, r"slide sideways at 12\.0 degrees"),
    (lean, r"up to 3\.00 mm off a straight, even line"),
    (side_by_side, "instances 4 and 5 lie side by side"),
    (same_uid, "one SOPInstanceUID stands at two places"),
    (lambda f: f[2].__delattr__("ImagePositionPatient"), "1 of 20 frames have no ImagePosition"),
    (lambda f: f[2].__delattr__("FrameOfReferenceUID"), "expected one FrameOfReferenceUID, got 2"),
    (lambda f: setattr(f[2], "PixelSpacing", [1, 1]), "expected one PixelSpacing"),
    (lambda f: [setattr(d, "PixelSpacing", [0, 1]) for d in f], r"PixelSpacing of 0\.01 to 50 mm"),
    (
        lambda f: [setattr(d, "ImageOrientationPatient", [1, 0, 0, 1, 0, 0]) for d in f],
        "not two directions at a right angle",
    ),
]


@pytest.mark.parametrize(("spoil", "match"), FAULTS)
def test_each_fault_is_named(spoil: Callable[[list[Dataset]], object], match: str) -> None:
    found = made()
    spoil(found)
    with pytest.raises(InvalidImage, match=f"series 4: .*{match}"):
        arrange(frames(found), "series 4")


def test_rounding_of_old_scanners_is_borne_and_told() -> None:
    """Positions to 0.1 mm at a spacing of 2.5: up to 2 % off."""
    grid = Grid((14, 12, 10), np.diag([2.5, 1.0, 1.0, 1.0]))
    found = datasets(head(grid))
    for index, ds in enumerate(found):
        moved(ds, normal(ds) * (0.05 if index % 2 else 0.0))
    (note,) = arrange(frames(found), "series 4").warnings
    assert "uneven" in str(note) and "0.0" in str(note)
    for index, ds in enumerate(found):
        moved(ds, normal(ds) * (0.3 if index % 2 else 0.0))
    with pytest.raises(InvalidImage, match="uneven slice spacing"):
        arrange(frames(found), "series 4")


def test_half_of_an_interleaved_series_is_told() -> None:
    found = made()[::2]
    (note,) = arrange(frames(found), "series 4").warnings
    assert "1.80 mm apart, 2 times SpacingBetweenSlices (0.90 mm)" in str(note)
    for ds in found:  # a scanner that writes the gap and not the distance
        ds.SliceThickness = 1.4
    assert arrange(frames(found), "series 4").warnings == ()


def test_a_single_slice_is_as_thick_as_it_says() -> None:
    one = made()[:1]
    stack = arrange(frames(one), "series 4")
    assert stack.grid.spacing[0] == pytest.approx(0.9)
    assert "single slice" in str(stack.warnings[0])
    del one[0].SliceThickness
    del one[0].SpacingBetweenSlices
    with pytest.raises(InvalidImage, match="without a usable SliceThickness"):
        arrange(frames(one), "series 4")


def test_an_absurd_size_is_refused_before_memory_is_taken() -> None:
    found = made()
    for ds in found:
        ds.Rows = ds.Columns = 60000
    with pytest.raises(InvalidImage, match="expected at most"):
        arrange(frames(found), "series 4")


def test_the_phantom_is_where_it_should_be() -> None:
    """The control of the others: its ball lies inside, and moving a header moves the grid."""
    found = made()
    before = arrange(frames(found), FLAIR.description).grid
    inside = np.linalg.solve(before.affine, [*CENTRE, 1])[:3]
    assert ((inside > 0) & (inside < np.array(before.shape) - 1)).all()
    for ds in found:
        moved(ds, np.array([3.0, 0, 0]))
    after = arrange(frames(found), FLAIR.description).grid
    np.testing.assert_allclose(after.affine[:3, 3] - before.affine[:3, 3], [-3, 0, 0], atol=1e-9)


def test_more_slices_than_any_head_has() -> None:
    affine = np.eye(4)
    affine[:3, :3] = np.diag([0.9, 1.1, 2.5])[:, [2, 1, 0]]
    first = frames(datasets(head(Grid((3, 10, 9), affine))))[0]
    x, y, z = first.position
    many = [replace(first, instance_uid=str(n), position=(x, y, z + 0.1 * n)) for n in range(1025)]
    with pytest.raises(InvalidImage, match="at most 1024 axial slices, got 1025"):
        arrange(many, "s")
    assert len(arrange(many[1:], "s").places) == 1024


@pytest.mark.parametrize("kept", [slice(0, -2), slice(2, None)])
def test_a_file_that_places_another_number_of_frames_than_it_holds(kept: slice) -> None:
    (whole,) = datasets(head(grid_of("axial")), enhanced=True)
    assert len(arrange(frames([whole]), "s").places) == whole.NumberOfFrames
    whole.PerFrameFunctionalGroupsSequence = whole.PerFrameFunctionalGroupsSequence[kept]
    held = whole.NumberOfFrames
    with pytest.raises(InvalidImage, match=f"{held - 2} frames are described and {held} frames"):
        arrange(frames([whole]), "s")
