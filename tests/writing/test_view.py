"""What a viewer in the browser gets: volumes on one grid, how the mask was made, what is said."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from glioscope.analysis import Analysis
from glioscope.model.plan import Plan
from glioscope.model.postprocess import pixel_rule
from glioscope.texts.message import message
from glioscope.writing.view import write_view
from phantoms import ORIENTATIONS, analysis_for, ball_mask, grid_of, nominal_grid


def facts_of(analysis: Analysis, folder: Path) -> dict[str, Any]:
    write_view(analysis, folder / "view")
    return json.loads((folder / "view" / "view.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_slices_and_boxes_are_those_of_the_analysis_on_every_grid(
    name: str, tmp_path: Path
) -> None:
    """The page takes pictures from the volume with rows and columns against its axes."""
    analysis = analysis_for(ball_mask(grid_of(name), (2.0, -1.0, 3.0), 5.0))
    facts = facts_of(analysis, tmp_path)
    image: Any = nib.load(tmp_path / "view" / "mask.nii.gz")
    mask = np.asanyarray(image.dataobj)
    assert list(mask.shape) == facts["shape"]
    assert nib.aff2axcodes(image.affine) == ("R", "A", "S")
    for found in analysis.slices:
        picture = mask[::-1, ::-1, found.index].T > 0
        assert np.count_nonzero(picture) == found.area_px
        if found.box_px:
            rows, columns = np.nonzero(picture)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert found.box_px == box


def test_the_rule_of_the_mask_goes_along(tmp_path: Path) -> None:
    plan = Plan(
        "m", "1", 32, min_area=4.0, pixel_smooth=0.2, miss_curve=((0.1, 0.05),), miss_patients=20
    )
    analysis = replace(
        analysis_for(ball_mask(nominal_grid(), (2, 1, 0), 5)), pixel_rule=pixel_rule(plan, 0.5)
    )
    facts = facts_of(analysis, tmp_path)
    assert facts["nominal"] is True
    assert facts["rule"] == {**asdict(pixel_rule(plan, 0.5)), "miss_curve": [[0.1, 0.05]]}
    assert facts["rule"]["least"] == 8.0


def test_sentences_stand_in_both_languages(tmp_path: Path) -> None:
    analysis = replace(
        analysis_for(ball_mask(grid_of("axial"), (0, 0, 0), 6)),
        warnings=(message("pipeline.one_replaced", first="T1"),),
    )
    facts = facts_of(analysis, tmp_path)
    assert facts["rule"] is None
    said = facts["said"]
    assert said["en"]["conclusion"].startswith("FLAIR shows a lesion suspicious for glioma")
    assert said["ru"]["conclusion"].startswith("На FLAIR определяется образование")
    assert said["en"]["notices"] == [str(analysis.warnings[0])]
    assert "FLAIR" in said["ru"]["notices"][0]
    assert [len(said[lang]["slices"]) for lang in ("en", "ru")] == 2 * [len(analysis.slices)]
    assert said["en"]["slices"][0] == "slice 1"
