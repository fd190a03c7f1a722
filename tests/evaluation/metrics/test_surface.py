"""Surface distances against hand-made outlines, brute force, and the surface-distance package."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import cdist
from surface_distance import (
    compute_robust_hausdorff,
    compute_surface_dice_at_tolerance,
    compute_surface_distances,
)

from glioscope.errors import UsageError
from glioscope.evaluation.metrics.surface import (
    hd95,
    hd95_summary,
    surface_dice,
    surface_distances,
)

VOLUMES = arrays(bool, (4, 3, 3), elements=st.booleans())
SPACINGS = st.sampled_from([None, (1.0, 1.0, 1.0), (0.5, 0.8, 5.0)])
EMPTY = np.zeros((20, 20, 6), bool)


def block(*extent: slice) -> np.ndarray:
    volume = EMPTY.copy()
    volume[extent] = True
    return volume


def blob(seed: int, shape: tuple[int, ...], share: float = 0.1) -> np.ndarray:
    """A smooth lesion-like shape and nothing else."""
    rng = np.random.default_rng(seed)
    middle = np.indices(shape) - np.array(shape).reshape(-1, *[1] * len(shape)) / 2
    ball = -np.sqrt(((middle.T / np.array(shape)) ** 2).sum(axis=-1)).T
    field = ball + 1.5 * gaussian_filter(rng.normal(size=shape), min(shape) / 10)
    return field > np.quantile(field, 1 - share)


def brute_force(
    reference: np.ndarray, predicted: np.ndarray, spacing: tuple[float, ...] | None
) -> list[np.ndarray]:
    """The definition, corner by corner and pair by pair: distances and sizes of both surfaces."""
    steps = np.array(spacing or (1.0, 1.0, 1.0))
    (a, size_a), (b, size_b) = corners(reference, spacing), corners(predicted, spacing)
    away = cdist(a * steps, b * steps) if len(a) and len(b) else np.full((len(a), len(b)), math.inf)
    if spacing is None:
        away[a[:, None, 2] != b[None, :, 2]] = math.inf
    nearest = away.min(axis=1, initial=math.inf), away.min(axis=0, initial=math.inf)
    return [np.column_stack([nearest[0], size_a]), np.column_stack([nearest[1], size_b])]


def corners(volume: np.ndarray, spacing: tuple[float, ...] | None) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the surface, and the size each stands for."""
    plane, steps = spacing is None, spacing or (1.0, 1.0, 1.0)
    width = ((1, 1), (1, 1), (0, 0)) if plane else 1
    padded = np.pad(volume, width).astype(float)
    reach = (2, 2, 1) if plane else (2, 2, 2)
    points, sizes = [], []
    for point in np.ndindex(*(n - r + 1 for n, r in zip(padded.shape, reach, strict=True))):
        cell = padded[tuple(slice(p, p + r) for p, r in zip(point, reach, strict=True))]
        if 0 < cell.mean() < 1:
            slopes = [np.diff(cell, axis=x).mean() / steps[x] for x in range(3) if reach[x] == 2]
            points.append(point)
            sizes.append(math.hypot(*slopes) * math.prod(steps))
    return np.array(points).reshape(-1, 3), np.array(sizes)


def test_an_outline_shifted_by_three_pixels() -> None:
    reference, predicted = square(2), square(5)
    assert hd95(reference, predicted, None) == 3
    assert hd95(reference, reference, None) == 0
    assert surface_dice(reference, predicted, None, 3) == 1
    assert surface_dice(reference, reference, None, 0) == 1


def square(first: int) -> np.ndarray:
    return block(slice(first, first + 7), slice(2, 9), slice(3))


def test_surface_dice_by_hand() -> None:
    # A row of 5 pixels against its first 3. Corners at 0 to 5 and 0 to 3, two each; the end ones
    # cut across a pixel corner (half a diagonal), the others run along one pixel side.
    reference, predicted = block(slice(5), 0, 0), block(slice(3), 0, 0)
    end = 2 * math.sqrt(0.5)
    whole = (8 + 2 * end) + (4 + 2 * end)
    assert surface_dice(reference, predicted, None, 0) == pytest.approx((whole - 2 - end) / whole)
    assert surface_dice(reference, predicted, None, 1) == pytest.approx((whole - end) / whole)
    assert surface_dice(reference, predicted, None, 2) == 1
    assert hd95(reference, predicted, None) == 2
    assert hd95(reference, predicted, (0.5, 1.0, 1.0)) == 1


def test_the_inside_is_no_surface() -> None:
    flat, _ = surface_distances(block(slice(5, 10), slice(5, 10), 0), EMPTY, None)
    assert flat.size.size == 36 - 16
    assert flat.size.sum() == pytest.approx(16 + 4 * math.sqrt(0.5))
    cube = block(slice(5, 10), slice(5, 10), slice(0, 5))
    solid, none = surface_distances(cube, EMPTY, (1.0, 1.0, 1.0))
    assert solid.size.size == 6**3 - 4**3
    assert np.isinf(solid.distance).all()
    assert none.size.size == 0


@pytest.mark.parametrize("slices", [1.0, 2.0])
def test_a_ball_has_the_surface_of_a_ball(slices: float) -> None:
    grid = np.indices((30, 30, int(30 / slices))).T * [1, 1, slices] - 14.7
    ball = ((grid**2).sum(axis=-1) < 12**2).T
    surface, _ = surface_distances(ball, ball, (1.0, 1.0, slices))
    assert surface.size.sum() == pytest.approx(4 * math.pi * 12**2, rel=0.1)


def test_empty_masks() -> None:
    some = block(slice(2, 5), slice(2, 5), 1)
    for spacing in (None, (1.0, 1.0, 1.0)):
        assert hd95(EMPTY, EMPTY, spacing) == 0
        assert surface_dice(EMPTY, EMPTY, spacing, 2) == 1
        assert hd95(some, EMPTY, spacing) == hd95(EMPTY, some, spacing) == math.inf
        assert surface_dice(some, EMPTY, spacing, 2) == surface_dice(EMPTY, some, spacing, 2) == 0


def test_in_plane_another_slice_is_out_of_reach() -> None:
    # The same disc one slice off: 1 mm away in a volume, nowhere in the plane.
    reference, predicted = block(slice(2, 9), slice(2, 9), 1), block(slice(2, 9), slice(2, 9), 2)
    assert hd95(reference, predicted, (1.0, 1.0, 1.0)) == 1
    assert hd95(reference, predicted, None) == math.inf
    assert surface_dice(reference, predicted, None, 2) == 0


def test_a_missed_end_slice_weighs_as_much_as_its_outline() -> None:
    reference = square(2)
    whole, small = 3 * (24 + 4 * math.sqrt(0.5)), 4 * math.sqrt(0.5)
    reference[4, 4, 3] = True
    predicted = reference.copy()
    predicted[..., 3] = False
    # One pixel is 3.4 % of the outline, two slices with one each are 6.6 %.
    assert hd95(reference, predicted, None) == 0
    expected = 2 * whole / (2 * whole + small)
    assert surface_dice(reference, predicted, None, 2) == pytest.approx(expected)
    reference[4, 4, 4] = True
    assert hd95(reference, predicted, None) == math.inf


def test_the_border_of_the_picture_is_an_outline_too() -> None:
    full = np.ones((4, 4, 1), bool)
    surface, _ = surface_distances(full, full, None)
    assert surface.size.sum() == pytest.approx(12 + 4 * math.sqrt(0.5))


@settings(max_examples=40)
@given(VOLUMES, VOLUMES, SPACINGS)
def test_distances_are_those_of_brute_force(
    a: np.ndarray, b: np.ndarray, spacing: tuple[float, float, float] | None
) -> None:
    expected, got = brute_force(a, b, spacing), surface_distances(a, b, spacing)
    for one, other in zip(expected, got, strict=True):
        np.testing.assert_allclose(rows(one), rows(np.column_stack(other)), atol=1e-12)


def rows(table: np.ndarray) -> np.ndarray:
    rounded = table.round(9)
    return rounded[np.lexsort(rounded.T)]


@settings(max_examples=40)
@given(VOLUMES, VOLUMES, SPACINGS)
def test_bounds_symmetry_identity_and_monotony(
    a: np.ndarray, b: np.ndarray, spacing: tuple[float, float, float] | None
) -> None:
    assert hd95(a, b, spacing) == hd95(b, a, spacing) >= 0
    assert hd95(a, a, spacing) == 0
    shares = [surface_dice(a, b, spacing, tolerance) for tolerance in (0, 1, 2, 100)]
    assert 0 <= shares[0] <= shares[1] <= shares[2] <= shares[3] <= 1
    assert shares[1] == pytest.approx(surface_dice(b, a, spacing, 1))
    assert surface_dice(a, a, spacing, 0) == 1


@settings(max_examples=40)
@given(VOLUMES, VOLUMES)
def test_mm_scale_with_the_spacing(a: np.ndarray, b: np.ndarray) -> None:
    twice = hd95(a, b, (2.0, 4.0, 6.0))
    assert twice == pytest.approx(2 * hd95(a, b, (1.0, 2.0, 3.0)))


# surface-distance 0.1 still calls scipy.ndimage by an older name.
old_scipy_name = pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning")


@old_scipy_name
@pytest.mark.parametrize("seed", range(8))
def test_planes_agree_with_surface_distance(seed: int) -> None:
    a, b = blob(seed, (64, 64)), np.roll(blob(seed, (64, 64), 0.13), seed % 4, axis=0)
    theirs = compute_surface_distances(a, b, (1.0, 1.0))
    a, b = a[..., None], b[..., None]
    assert hd95(a, b, None) == pytest.approx(compute_robust_hausdorff(theirs, 95))
    for tolerance in (0, 1, 2, 3):
        share = compute_surface_dice_at_tolerance(theirs, tolerance)
        assert surface_dice(a, b, None, tolerance) == pytest.approx(share)


# In a volume they take the area from a table of 256 triangulated cells, we from the mean gradient.
@old_scipy_name
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (1.0, 1.0, 2.0)])
def test_volumes_agree_with_surface_distance(seed: int, spacing: tuple[float, ...]) -> None:
    a, b = blob(seed, (40, 40, 20)), np.roll(blob(seed, (40, 40, 20), 0.13), seed % 4, axis=0)
    theirs = compute_surface_distances(a, b, spacing)
    expected = compute_robust_hausdorff(theirs, 95)
    assert hd95(a, b, spacing) == pytest.approx(expected, abs=0.25)
    for tolerance in (1, 2, 3):
        share = compute_surface_dice_at_tolerance(theirs, tolerance)
        assert surface_dice(a, b, spacing, tolerance) == pytest.approx(share, abs=0.02)


def test_summary() -> None:
    assert hd95_summary(np.array([1.0, 2.0, 9.0])) == (2, 0)
    assert hd95_summary(np.array([1.0, 2.0, 4.0, math.inf])) == (3, 1)
    assert hd95_summary(np.array([1.0, math.inf])) == (math.inf, 1)
    assert hd95_summary(np.zeros(0)) is None


@pytest.mark.parametrize("spacing", [(0.0, 1.0, 1.0), (1.0, math.inf, 1.0), (1.0, 1.0, math.nan)])
def test_impossible_spacing_is_refused(spacing: tuple[float, float, float]) -> None:
    with pytest.raises(UsageError):
        hd95(EMPTY, EMPTY, spacing)


@pytest.mark.parametrize("tolerance", [-1.0, math.nan])
def test_impossible_tolerance_is_refused(tolerance: float) -> None:
    with pytest.raises(UsageError):
        surface_dice(EMPTY, EMPTY, None, tolerance)
