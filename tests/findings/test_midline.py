"""The mid-sagittal plane on heads that are shifted, turned and tilted, and the side of a lesion."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from tests.model.grids import DIRECTIONS

from glioscope.findings.lesions import find_lesions
from glioscope.findings.midline import Midline, midline
from glioscope.model.plan import Plan
from glioscope.model.preprocess import intensity_scale, to_pictures
from glioscope.phantom.study import Lesion, phantom_study
from glioscope.study import Channel, Source, Study
from glioscope.volume import Grid, Image, Mask

SIZE = 128


def egg(turn=0.0, tilt=0.0, shift=0.0, shape=(20, 96, 112)):
    """A head-like egg as pictures: 30 columns to each side, 40 rows, turned by radians.

    `tilt` moves the topmost slice by as many columns against the lowest, `shift` all of them.
    """
    k, y, x = np.indices(shape, np.float64)
    k = k / (shape[0] - 1) - 0.5
    y, x = y - shape[1] / 2, x - shape[2] / 2 - shift - tilt * k
    along, across = y * np.cos(turn) - x * np.sin(turn), x * np.cos(turn) + y * np.sin(turn)
    inside = (across / 30) ** 2 + (along / 40) ** 2 + (k / 0.8) ** 2 <= 1
    return np.where(inside, 100, 0).astype(np.float32)


def study_of(pictures):
    """Nominal pictures: columns run to the patient's left, rows to the back."""
    array = np.ascontiguousarray(pictures.transpose(2, 1, 0))
    grid = Grid(array.shape, np.diag([-1.0, -1.0, 1.0, 1.0]), nominal=True)
    return Study("egg", {Channel.FLAIR: Image(array, grid)}, Source("pictures"))


def plane_of(study):
    return midline(study, intensity_scale(study.images[Channel.FLAIR].array, study.study_id))


def away_from(plane: Midline, point):
    return (np.array(point) @ plane.normal - plane.offset) / np.linalg.norm(plane.normal[1:])


@pytest.mark.parametrize("turn", [-0.2, 0.0, 0.12])
@pytest.mark.parametrize("tilt", [0.0, 12.0])
@pytest.mark.parametrize("shift", [0.0, -14.0])
def test_the_plane_is_found_within_two_pixels(turn, tilt, shift):
    found = plane_of(study_of(egg(turn, tilt, shift)))
    for k in (3, 10, 16):
        middle = 112 / 2 + shift + tilt * (k / 19 - 0.5)
        for along in (-30, 0, 30):  # points of the true plane
            point = (k, 96 / 2 + along * np.cos(turn), middle - along * np.sin(turn))
            assert away_from(found, point) == pytest.approx(0, abs=2.0)


def test_the_middle_of_the_picture_would_be_wrong():
    """Control: 14 columns off, a plane down the middle misses by more than the test allows."""
    plain = Midline(np.array([0.0, 0.0, 1.0]), 112 / 2)
    assert abs(away_from(plain, (10, 48, 112 / 2 - 14))) > 10


@pytest.fixture(scope="module")
def heads():
    """Studies with one lesion on the patient's left, on his right, and across the midline."""
    centres = {"left": (-34.0, 18.0, 24.0), "right": (34.0, 18.0, 24.0), "both": (0.0, 30.0, 30.0)}
    return {
        side: phantom_study(1, (Lesion(centre, 18.0),), size=SIZE, slices=12)
        for side, centre in centres.items()
    }


def side_of(study, truth):
    even = np.ones(truth.grid.shape, np.float32)
    (found,) = find_lesions(truth, even, Plan("test", "1", 32), plane_of(study)).findings
    return found.side


@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_the_side_of_a_phantoms_lesion(heads, side):
    assert side_of(*heads[side]) == side


OTHER = {"left": "right", "right": "left", "both": "both"}


def in_place(study, truth, change):
    """Study and mask with `change` applied to every array, on the same grid."""
    images = {s: Image(change(i.array), i.grid) for s, i in study.images.items()}
    mask = change(truth.array.astype(np.float32)) > 0.5
    return replace(study, images=images), Mask(mask, truth.grid)


@pytest.mark.parametrize("side", OTHER)
def test_a_mirrored_head_has_its_lesion_on_the_other_side(heads, side):
    def mirror(array):
        return np.ascontiguousarray(array[::-1])

    assert side_of(*in_place(*heads[side], mirror)) == OTHER[side]


@pytest.mark.parametrize("side", OTHER)
@pytest.mark.parametrize("degrees", [-12, 9])
def test_a_turned_and_shifted_head_keeps_its_side(heads, side, degrees):
    def move(array):
        turned = ndimage.rotate(array, degrees, axes=(0, 1), reshape=False, order=1)
        return ndimage.shift(turned, (9, -4, 0), order=1)

    assert side_of(*in_place(*heads[side], move)) == side


@pytest.mark.parametrize("orientation", DIRECTIONS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_side_is_the_patients_in_every_orientation(heads, side, orientation):
    assert side_of(*laid_out(*heads[side], orientation)) == side


def laid_out(study, truth, orientation):
    """The same head with its array as a scanner of that orientation lays it out, undistorted."""
    source = truth.grid
    # Axes and directions of the orientation, at right angles: those of the phantom itself.
    directions = np.round(DIRECTIONS[orientation])
    axes = np.abs(directions).argmax(axis=0)
    back = [directions[axes[n], n] != np.sign(source.affine[axes[n], axes[n]]) for n in range(3)]
    step = tuple(slice(None, None, -1 if b else 1) for b in back)
    corner = np.array([(source.shape[axes[n]] - 1) if back[n] else 0 for n in range(3)])
    affine = np.eye(4)
    affine[:3, :3] = source.affine[:3, axes] * np.where(back, -1, 1)
    affine[:3, 3] = source.affine[:3, 3] + source.affine[:3, axes] @ corner
    grid = Grid(tuple(source.shape[a] for a in axes), affine)

    def turn(array):
        return np.ascontiguousarray(array.transpose(axes)[step])

    images = {s: Image(turn(i.array), grid) for s, i in study.images.items()}
    return replace(study, images=images), Mask(turn(truth.array), grid)


def test_pictures_of_nothing_have_their_plane_in_the_middle():
    """A head of one bright pixel has no rim to go by, and still an answer."""
    pictures = np.zeros((3, 32, 32), np.float32)
    pictures[1, 10:20, 10:22] = 50.0
    found = plane_of(study_of(pictures))
    assert np.isfinite([*found.normal, found.offset]).all()


def test_a_region_on_the_plane_lies_on_both_sides():
    plane = Midline(np.array([0.0, 0.0, 1.0]), 9.5)
    assert plane.side(np.ones((2, 4, 4), bool), (0, 0, 8)) == "both"
    assert plane.side(np.ones((2, 4, 4), bool), (0, 0, 10)) == "left"
    assert plane.side(np.ones((2, 4, 4), bool), (0, 0, 2)) == "right"


def test_the_phantoms_columns_run_to_the_left(heads):
    """Control of the fixture: the lesion called left lies in the later columns."""
    _, truth = heads["left"]
    columns = np.argwhere(to_pictures(truth.array, truth.grid))[:, 2]
    assert columns.min() > SIZE / 2


@pytest.mark.parametrize("spacing", [(5.0, 0.5, 0.8), (1.0, 1.0, 1.0)])
def test_the_distance_of_a_lesion_is_known(spacing):
    """A plane turned by 0.3 rad in mm through (row, column) 20, 30; a cube 12 mm off it."""
    angle = 0.3
    in_mm = np.array([0.0, np.sin(angle), np.cos(angle)])
    normal = in_mm * spacing
    plane = Midline(normal, float(normal @ [0, 20, 30]))
    away = np.array([0.0, 20, 30]) + 12 * in_mm / spacing
    corner = np.rint(away).astype(int) - 1
    region = np.ones((3, 3, 3), bool)
    off = float((corner + 1 - away) @ normal)  # what rounding to a pixel moved
    found = plane.distance(region, tuple(corner.tolist()), spacing)
    assert found == pytest.approx(abs(12 + off), abs=1e-9)
    mirrored = Midline(-plane.normal, -plane.offset)
    assert mirrored.distance(region, tuple(corner.tolist()), spacing) == pytest.approx(found)
