"""What an analysis says of its lesions as a whole."""

from dataclasses import replace

import pytest

from phantoms import analysis_for, box_mask, grid_of

GRID = grid_of("axial", (60, 60, 12))


def analysis(other: int):
    """A block of 4000 voxels on the right, and one of `other` × 6 × 2 on the left."""
    mask = box_mask(GRID, (5, 5, 1), (25, 25, 11))
    mask.array[40 : 40 + other, 40:46, 4:6] = True
    found = analysis_for(mask)
    sides = ("right", "left")
    placed = (replace(f, side=s) for f, s in zip(found.findings, sides, strict=False))
    return replace(found, findings=tuple(placed))


@pytest.mark.parametrize(
    ("other", "side", "lesions", "specks"),
    [(0, "right", 1, 0), (2, "right", 1, 1), (9, "both", 2, 0)],
)
def test_a_speck_changes_neither_the_side_nor_the_number(other, side, lesions, specks):
    found = analysis(other)
    document = found.to_dict()
    assert (document["side"], document["lesions"], document["specks"]) == (side, lesions, specks)
    assert len(document["findings"]) == lesions + specks
    assert [f["speck"] for f in document["findings"]].count(True) == specks
