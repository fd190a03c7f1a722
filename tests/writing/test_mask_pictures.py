from dataclasses import replace

import numpy as np
import pytest
import tifffile

from glioscope.errors import GridMismatch
from glioscope.study import Source
from glioscope.writing.mask_pictures import write_mask_pictures
from phantoms import analysis_for, box_mask, nominal_grid, study_for


def analysis_named(names):
    mask = box_mask(nominal_grid((7, 5, 3)), (1, 2, 1), (4, 3, 3))
    study = replace(study_for(mask, kind="lgg"), source=Source("lgg", names))
    return analysis_for(mask, study=study)


def test_rows_and_columns_are_the_sources(tmp_path):
    paths = write_mask_pictures(analysis_named(("a_1", "a_2", "a_3")), tmp_path / "masks")
    assert [p.name for p in paths] == ["a_1_mask.tif", "a_2_mask.tif", "a_3_mask.tif"]
    expected = np.zeros((5, 7), np.uint8)  # rows, columns
    expected[2, 1:4] = 255
    for path, plane in zip(paths, (expected * 0, expected, expected), strict=True):
        found = tifffile.imread(path)
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, plane)


@pytest.mark.parametrize("names", [(), ("a", "b"), ("a", "b", "b")])
def test_slices_that_cannot_be_told_apart_are_refused(names, tmp_path):
    analysis = replace(
        (whole := analysis_named(("a", "b", "c"))),
        study=replace(whole.study, source=Source("lgg", names)),
    )
    with pytest.raises(GridMismatch, match="distinct slice names for 3 slices"):
        write_mask_pictures(analysis, tmp_path / "masks")
    assert not list(tmp_path.iterdir())


def test_equal_masks_are_equal_bytes(tmp_path):
    for name in ("one", "two"):
        write_mask_pictures(analysis_named(("a", "b", "c")), tmp_path / name)
    one, two = (sorted((tmp_path / n).iterdir()) for n in ("one", "two"))
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]
