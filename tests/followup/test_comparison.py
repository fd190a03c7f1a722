"""Changes and RANO classes of studies whose figures are known."""

import json
from dataclasses import replace

import pytest

from glioscope.analysis_parts import Intervals, ModelInfo
from glioscope.errors import GridMismatch, InputError, UnknownSpacing
from glioscope.followup.comparison import classify, compare
from glioscope.reading.examined import Examined
from glioscope.reading.results import stored
from glioscope.volume import Grid, Mask
from phantoms import analysis_for, box_mask, grid_of, nominal_grid


@pytest.mark.parametrize(
    ("later", "response"),
    [
        (0.0, "complete response"),
        (0.001, "partial response"),
        (49.9, "partial response"),
        (50.0, "partial response"),
        (50.1, "minor response"),
        (75.0, "minor response"),
        (75.1, "stable disease"),
        (100.0, "stable disease"),
        (124.9, "stable disease"),
        (125.0, "progression"),
        (500.0, "progression"),
    ],
)
def test_classes_at_their_boundaries(later, response):
    assert classify(100.0, later) == response


def test_rounding_of_a_quotient_does_not_move_a_boundary():
    assert classify(0.1 * 3, 0.375) == "progression"  # 1.2499999999999998
    assert classify(0.7 * 3, 1.05) == "partial response"


def test_from_nothing_there_is_no_class():
    assert classify(0.0, 100.0) is None and classify(0.0, 0.0) is None


def result(mask, interval=None, **changes):
    """An analysed study; `interval` is given to every figure."""
    analysis = replace(analysis_for(mask), **changes)
    if interval:
        ends = Intervals(interval, interval, interval, interval)
        findings = tuple(replace(f, intervals=ends) for f in analysis.findings)
        analysis = replace(analysis, findings=findings, interval_coverage=0.9)
    return stored(analysis)


SHAPE = (60, 60, 12)
GRID = grid_of("axial", SHAPE)  # 0.9 × 1.1 × 2.5 mm


def blocks(wide, grid=GRID, others=0):
    """A block of `wide` × 20 × 5 voxels, and small ones beside it."""
    mask = box_mask(grid, (5, 5, 3), (5 + wide, 25, 8))
    for n in range(others):
        mask.array[5 + 6 * n : 9 + 6 * n, 38:44, 4:6] = True
    return mask


def by_name(comparison):
    return {change.name: change for change in comparison.changes}


def test_changes_of_figures_that_are_known():
    found = by_name(compare(result(blocks(20)), result(blocks(30))))
    volume = found["volume"]
    assert volume.unit == "ml" and volume.earlier.value == pytest.approx(20 * 20 * 5 * 2.475e-3)
    assert volume.percent == pytest.approx(50.0)
    assert found["diameter"].earlier.value == pytest.approx((18**2 + 22**2) ** 0.5)
    assert found["diameter"].later.value == pytest.approx((27**2 + 22**2) ** 0.5)
    product = found["product"]
    assert product.unit == "mm2" and product.percent == pytest.approx(
        100 * (product.later.value / product.earlier.value - 1)
    )
    assert volume.percent_interval is volume.within_error is None


def test_progression_within_the_error_is_told_from_real_progression():
    narrow, wide = (0.97, 1.03), (0.7, 1.4)
    sure = compare(result(blocks(20), narrow), result(blocks(34), narrow))
    noise = compare(result(blocks(20), wide), result(blocks(34), wide))
    assert (sure.response, sure.within_error) == ("progression", False)
    assert (noise.response, noise.within_error) == ("progression", True)
    low, high = by_name(noise)["product"].percent_interval
    ratio = by_name(noise)["product"].percent / 100 + 1
    assert (low, high) == pytest.approx((100 * (ratio / 2 - 1), 100 * (ratio * 2 - 1)))
    assert low < 0 < high and noise.coverage == 0.9


def test_intervals_that_touch_overlap():
    one, other = result(blocks(20), (0.5, 1.5)), result(blocks(30), (1.0, 2.0))
    assert by_name(compare(one, other))["volume"].within_error is True
    apart = result(blocks(30), (1.01, 2.0))
    assert by_name(compare(one, apart))["volume"].within_error is False


def test_nothing_left_is_a_complete_response_that_is_doubted():
    found = compare(result(blocks(20), (0.9, 1.1)), result(blocks(0)))
    assert found.response == "complete response" and found.within_error is None
    assert by_name(found)["volume"].percent == -100
    assert any("absence of findings" in str(warning) for warning in found.warnings)


def test_nothing_before_has_no_class_and_no_percent():
    found = compare(result(blocks(0)), result(blocks(20)))
    assert found.response is None and by_name(found)["volume"].percent is None
    assert any("nothing was outlined in the earlier" in str(w) for w in found.warnings)
    assert compare(result(blocks(0)), result(blocks(0))).response is None


@pytest.mark.parametrize(
    ("low", "high", "measurable"),
    [
        ((5, 5, 3), (17, 14, 5), True),  # 10.8 by 9.9 mm: a diagonal of 14.7 mm across 2 slices
        ((5, 5, 3), (11, 10, 5), False),  # 5.4 by 5.5 mm
        ((5, 5, 3), (25, 25, 4), False),  # one slice
    ],
)
def test_only_measurable_lesions_have_a_class(low, high, measurable):
    found = compare(result(box_mask(GRID, low, high)), result(blocks(20)))
    assert (found.response is not None) == measurable
    assert any("no lesion of the earlier study" in str(w) for w in found.warnings) != measurable


def test_more_lesions_are_pointed_out():
    found = compare(result(blocks(20)), result(blocks(20, others=2)))
    assert found.lesions == (1, 3)
    assert any("more lesions than before (1 and 3)" in str(warning) for warning in found.warnings)


def test_specks_are_no_new_lesions():
    later = blocks(20)
    later.array[40:43, 40:43, 4:6] = True  # 18 of 2018 voxels, 2.7 × 3.3 mm
    found = compare(result(blocks(20)), result(later))
    assert found.lesions == (1, 1)
    assert not any("more lesions" in str(warning) for warning in found.warnings)


def test_what_differs_between_the_runs_is_pointed_out():
    one = replace(result(blocks(20)), examined=Examined("p1", "20230101"))
    other = result(blocks(20), threshold=0.2, model=ModelInfo("other", "2", "f" * 64))
    thick = Grid(SHAPE, GRID.affine @ [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]])
    year_later = Examined("p1", "20240101")
    other = replace(other, mask=Mask(other.mask.array, thick), examined=year_later)
    found = compare(one, other)
    assert [str(w).split(" ", 2)[:2] for w in found.warnings] == [
        ["different", "models"],
        ["the", "studies"],
        ["the", "studies"],
    ]
    assert compare(one, replace(one, examined=year_later)).warnings == ()


def examined(patient, day):
    return replace(result(blocks(20)), examined=Examined(patient, day))


def test_two_patients_are_refused():
    with pytest.raises(InputError, match="two patients") as raised:
        compare(examined("p1", "20230101"), examined("p2", "20240101"))
    assert "p1" not in str(raised.value) and "p2" not in str(raised.value)


def test_dates_in_the_other_order_are_refused():
    with pytest.raises(InputError, match="other order"):
        compare(examined("p1", "20240101"), examined("p1", "20231231"))
    with pytest.raises(InputError, match="other order"):
        compare(examined(None, "20240101"), examined("p1", "20231231"))


@pytest.mark.parametrize(
    ("one", "other", "codes"),
    [
        (("p1", "20230101"), ("p1", "20240101"), []),
        (("p1", "20230101"), (None, "20240101"), ["followup.unknown_patient"]),
        (("p1", None), ("p1", "20240101"), ["followup.unknown_order"]),
        (("p1", "20230101"), ("p1", "20230101"), ["followup.same_day"]),
        ((None, None), (None, None), ["followup.unknown_patient", "followup.unknown_order"]),
    ],
)
def test_what_is_not_known_is_warned_of(one, other, codes):
    found = compare(examined(*one), examined(*other))
    assert [warning.code for warning in found.warnings] == codes


def test_pictures_compare_in_pixels_only_on_one_grid():
    grid = nominal_grid(SHAPE)
    one, other = result(blocks(20, grid)), result(blocks(30, grid))
    found = compare(one, other)
    assert [c.unit for c in found.changes] == ["voxels", "px", "px", "px2"]
    assert by_name(found)["volume"].percent == pytest.approx(50)
    assert found.response and any("without voxel spacing" in str(w) for w in found.warnings)
    larger = result(blocks(20, nominal_grid((70, 60, 12))))
    with pytest.raises(GridMismatch, match="--spacing"):
        compare(one, larger)


def test_pixels_and_millimetres_do_not_compare():
    picture = result(blocks(20, nominal_grid(SHAPE)))
    for pair in ((picture, result(blocks(20))), (result(blocks(20)), picture)):
        with pytest.raises(UnknownSpacing, match="--spacing"):
            compare(*pair)


def test_the_document_is_plain_values():
    block = result(blocks(20), (0.9, 1.1))
    found = compare(block, block)
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document["schema"] == "glioscope.comparison/1" and document["research_use_only"]
    assert document["response"] == "stable disease" and document["within_error"] is True
