import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glioscope.findings.diameters import diameters


def rectangle(height, width):
    region = np.zeros((height + 5, width + 3), dtype=bool)
    region[2 : 2 + height, 1 : 1 + width] = True
    return region


def ellipse(semi_rows, semi_columns, angle=0.0, side=121):
    y, x = np.indices((side, side)) - side // 2
    u = x * np.cos(angle) + y * np.sin(angle)
    v = -x * np.sin(angle) + y * np.cos(angle)
    return (u / semi_columns) ** 2 + (v / semi_rows) ** 2 <= 1


def test_one_pixel_is_a_square():
    assert diameters(rectangle(1, 1)) == pytest.approx((2**0.5, 2**0.5))


def test_nothing_has_no_diameter():
    assert diameters(np.zeros((3, 3), dtype=bool)) == (0.0, 0.0)


@pytest.mark.parametrize(("height", "width"), [(3, 4), (4, 3), (1, 10), (7, 7), (5, 12)])
def test_rectangles_are_exact(height, width):
    """Longest is the diagonal d; the chord at a right angle through a corner is d·short/long."""
    diagonal = np.hypot(height, width)
    chord = diagonal * min(height, width) / max(height, width)
    assert diameters(rectangle(height, width)) == pytest.approx((diagonal, chord))


@pytest.mark.parametrize("pixel", [(0.5, 2.0), (1.5, 1.5), (3.0, 0.7)])
def test_pixels_need_not_be_square(pixel):
    height, width = 6 * pixel[0], 8 * pixel[1]
    diagonal = np.hypot(height, width)
    chord = diagonal * min(height, width) / max(height, width)
    assert diameters(rectangle(6, 8), pixel) == pytest.approx((diagonal, chord))


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 2, 2.3])
@pytest.mark.parametrize(("minor", "major"), [(20, 45), (15, 18), (30, 30)])
def test_ellipses_are_found_at_any_angle(minor, major, angle):
    longest, perpendicular = diameters(ellipse(minor, major, angle))
    assert longest == pytest.approx(2 * major + 1, abs=1.5)
    assert perpendicular == pytest.approx(2 * minor + 1, abs=1.5)


def test_a_triangle_has_its_diameter_on_its_side():
    """Steps of a 20-pixel triangle: hypotenuse from corner to corner, height half of it."""
    region = np.tri(20, dtype=bool)
    longest, perpendicular = diameters(region)
    assert longest == pytest.approx(np.hypot(20, 20), abs=1.5)
    assert perpendicular == pytest.approx(np.hypot(20, 20) / 2, abs=1.5)


def test_bays_do_not_shorten_a_diameter():
    ring = ellipse(30, 40) & ~ellipse(20, 30)
    ring[:, :60] = False
    hull_like = ellipse(30, 40)
    hull_like[:, :60] = False
    assert diameters(ring) == pytest.approx(diameters(hull_like))


@given(
    region=arrays.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    pixel=st.tuples(st.floats(0.3, 3), st.floats(0.3, 3)),
)
@settings(max_examples=150, deadline=None)
def test_any_region_against_brute_force(region, pixel):
    longest, perpendicular = diameters(region, pixel)
    if not region.any():
        return
    corners = np.argwhere(region)[:, None] + [[0, 0], [0, 1], [1, 0], [1, 1]]
    points = corners.reshape(-1, 2) * pixel
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    assert longest == pytest.approx(distances.max())
    assert 0 < perpendicular <= longest * (1 + 1e-9)
    for turned in (region[::-1], region[:, ::-1], region[::-1, ::-1]):
        assert diameters(turned, pixel) == pytest.approx((longest, perpendicular))
    assert diameters(region.T, pixel[::-1]) == pytest.approx((longest, perpendicular))
