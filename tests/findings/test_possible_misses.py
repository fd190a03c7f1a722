"""Where a second look is asked for: on studies whose every entry can be told beforehand."""

import numpy as np
import pytest

from glioscope.findings.possible_misses import (
    BLOB,
    GAP,
    JUST_UNDER,
    MOST,
    NEIGHBOUR,
    QUALITY,
    WEIGHTS,
    listed_slices,
    possible_misses,
)
from glioscope.model.plan import Plan
from glioscope.model.postprocess import SliceDecisions

PLAN = Plan("test", "1", 32)
SIDE = 64


def decided(probability, plan=PLAN):
    """Called slices have a mask of 16 px in the corner of rows and columns 2 to 5."""
    values = np.array(probability, np.float64)
    called = values >= plan.presence_threshold
    mask = np.zeros((len(values), SIDE, SIDE), bool)
    mask[called, 2:6, 2:6] = True
    return SliceDecisions(values, called, mask)


def pixels_of(found):
    return np.where(found.mask, 0.9, 0.01).astype(np.float32)


def misses(probability, plan=PLAN, pixels=None, flair=None):
    found = decided(probability, plan)
    names = tuple(f"s{k}" for k in range(len(probability)))
    flair = np.ones((len(probability), 8, 8), np.float32) if flair is None else flair
    return possible_misses(
        pixels_of(found) if pixels is None else pixels, found, names, plan, flair
    )


def told(entries):
    return [(m.index, m.reason.code) for m in entries]


def test_gaps_neighbours_and_close_calls_are_listed_by_risk():
    found = misses([0.3, 0.1, 0.02, 0.9, 0.2, 0.05, 0.8, 0.04, 0.01, 0.4, 0.24])
    reasons = {0: JUST_UNDER, 2: NEIGHBOUR, 4: GAP, 5: GAP, 7: NEIGHBOUR, 9: JUST_UNDER}
    assert dict(told(found)) == reasons
    risks = [m.risk for m in found]
    assert risks == sorted(risks, reverse=True)
    assert [m.name for m in found] == [f"s{m.index}" for m in found]
    assert all(m.box_px is None for m in found)


def test_only_a_short_gap_is_a_gap():
    def reasons(gap):
        return [m.reason.code for m in misses([0.9, *[0.1] * gap, 0.9])]

    assert [reasons(n) for n in (1, 2)] == [[GAP], [GAP, GAP]]
    # Control: of a longer one the slices next to the called ones are listed, the others are not.
    assert reasons(3) == reasons(6) == [NEIGHBOUR, NEIGHBOUR]


def test_the_reason_raises_the_risk_as_stated():
    (gap,) = (m for m in misses([0.9, 0.2, 0.9]) if m.index == 1)
    assert gap.risk == pytest.approx(1 - (1 - 0.2) * (1 - WEIGHTS[GAP]))
    assert gap.probability == pytest.approx(0.2)
    assert list(WEIGHTS.values()) == sorted(WEIGHTS.values(), reverse=True)


def test_of_equally_probable_slices_the_gap_comes_before_the_neighbour():
    assert told(misses([0.1, 0.9, 0.1, 0.9]))[0] == (2, GAP)


def test_a_clear_negative_lists_nothing():
    assert misses([0.1, 0.2, 0.05]) == ()


def test_just_under_follows_the_threshold():
    plan = PLAN.with_thresholds(presence_threshold=0.2)
    assert told(misses([0.09, 0.10, 0.19], plan)) == [(2, JUST_UNDER), (1, JUST_UNDER)]


def test_the_list_is_short_and_keeps_the_riskiest():
    found = misses([0.3 + k / 1000 for k in range(40)])
    assert [m.index for m in found] == list(range(39, 39 - MOST, -1))


def test_all_called_leaves_nothing_to_miss():
    assert misses([0.9] * 4) == ()


# Regions


def with_region(probability, *where, value=0.4):
    """Pixels of `decided` with a region painted on."""
    pixels = pixels_of(decided(probability))
    for box in where:
        pixels[box] = value
    return pixels


BOX = np.s_[3:6, 40:48, 20:30]
CLEAR = [0.05] * 8


def test_a_region_is_one_entry_on_its_largest_slice_with_its_box():
    pixels = with_region(CLEAR, BOX)
    pixels[4, 39, 20:30] = 0.4
    (found,) = misses(CLEAR, pixels=pixels)
    assert (found.index, found.reason.code, found.box_px) == (4, BLOB, (20, 39, 30, 48))
    assert found.risk == pytest.approx(1 - 0.95 * (1 - WEIGHTS[BLOB]))


def test_a_region_and_its_slice_are_one_entry_with_the_stronger_reason():
    probability = [0.05, 0.9, 0.1, 0.05]
    entries = misses(probability, pixels=with_region(probability, np.s_[2:3, 40:48, 20:30]))
    (found,) = (m for m in entries if m.index == 2)
    assert (found.reason.code, found.box_px) == (NEIGHBOUR, (20, 40, 30, 48))


def test_a_region_apart_from_the_mask_of_a_called_slice_is_listed():
    probability = [0.9] * 3
    (found,) = misses(probability, pixels=with_region(probability, np.s_[1:2, 40:48, 20:30]))
    assert (found.index, found.reason.code, found.box_px) == (1, BLOB, (20, 40, 30, 48))
    assert found.probability == pytest.approx(0.9)
    # Its own pixels speak for it: the slice is called for another place.
    assert found.risk == pytest.approx(1 - (1 - 0.4) * (1 - WEIGHTS[BLOB]))


def test_control_a_rim_around_the_mask_is_no_region():
    probability = [0.9] * 3
    pixels = with_region(probability)
    pixels[1, 2:16, 2:16] = np.where(decided(probability).mask[1, 2:16, 2:16], 0.9, 0.4)
    assert misses(probability, pixels=pixels) == ()


@pytest.mark.parametrize("value", [0.05, 0.4])
@pytest.mark.parametrize("side", [1, 8])
def test_faint_and_tiny_regions_are_left_out(value, side):
    pixels = with_region(CLEAR, np.s_[4:5, 20 : 20 + side, 20 : 20 + side], value=value)
    assert len(misses(CLEAR, pixels=pixels)) == (value == 0.4 and side == 8)


def test_the_least_region_grows_with_the_picture():
    probability = [0.05] * 3
    found = SliceDecisions(np.array(probability), np.zeros(3, bool), np.zeros((3, 512, 512), bool))
    pixels = np.zeros((3, 512, 512), np.float32)
    pixels[1, 10:25, 10:25] = 0.4  # 225 px of 512 are 56 px of 256
    assert possible_misses(pixels, found, ("a", "b", "c"), PLAN, np.ones_like(pixels)) == ()
    pixels[1, 10:26, 10:26] = 0.4
    assert told(possible_misses(pixels, found, ("a", "b", "c"), PLAN, np.ones_like(pixels))) == [
        (1, BLOB)
    ]


# Low quality


def test_a_slice_of_low_quality_is_listed_and_control_a_clean_one_is_not():
    rng = np.random.default_rng(0)
    flair = rng.normal(1, 0.05, (8, 32, 32)).astype(np.float32)
    assert misses(CLEAR, flair=flair) == ()
    flair[5] *= 0.5
    assert told(misses(CLEAR, flair=flair)) == [(5, QUALITY)]


# As the evaluation counts


def test_only_slices_that_are_not_called_count_as_listed():
    probability = [0.05, 0.9, 0.9]
    entries = misses(probability, pixels=with_region(probability, np.s_[2:3, 40:48, 20:30]))
    assert sorted(told(entries)) == [(0, NEIGHBOUR), (2, BLOB)]
    called = decided(probability).called
    assert listed_slices(entries, called).tolist() == [True, False, False]
    assert listed_slices((), called).tolist() == [False] * 3
