"""The BIDS derivative layout: names, sidecars, geometry, and equal bytes when written twice."""

import json
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from glioscope.writing.bids import stem_of, write_bids
from phantoms import analysis_for, ball_mask, grid_of


@pytest.mark.parametrize(
    ("study_id", "stem"),
    [
        ("sub-01", "sub-01"),
        ("sub-01_ses-post_acq-3d", "sub-01_ses-post"),
        ("TCGA_CS_4941_19960909", "sub-TCGACS494119960909"),
        ("исследование", "sub-study"),
    ],
)
def test_labels(study_id: str, stem: str) -> None:
    assert stem_of(study_id) == stem


def test_layout(tmp_path: Path) -> None:
    mask = ball_mask(grid_of("oblique"), (2, -1, 3), 4)
    analysis = analysis_for(mask, study_id="sub-07_ses-1")
    written = write_bids(analysis, tmp_path)
    anat = tmp_path / "sub-07" / "ses-1" / "anat"
    names = {p.relative_to(anat).as_posix() for p in anat.iterdir()}
    stem = "sub-07_ses-1_space-orig_desc-glioma"
    assert names == {
        f"{stem}_{kind}" for kind in ("mask.nii.gz", "mask.json", "probseg.nii.gz", "probseg.json")
    }
    image = nib.load(written["bids/mask"])
    np.testing.assert_array_equal(np.asarray(image.dataobj), mask.array)
    np.testing.assert_allclose(image.affine, mask.grid.affine, atol=1e-5)
    about = json.loads((anat / f"{stem}_mask.json").read_text("utf-8"))
    assert about["Type"] == "Lesion"
    assert about["SpatialReference"] == "orig"
    assert "Not a medical device" in about["Description"]
    described = json.loads((tmp_path / "dataset_description.json").read_text("utf-8"))
    assert described["DatasetType"] == "derivative"
    assert described["GeneratedBy"][0]["Name"] == "glioscope"


def test_writing_twice_gives_equal_bytes(tmp_path: Path) -> None:
    analysis = analysis_for(ball_mask(grid_of("axial"), (2, -1, 3), 4))

    def content() -> dict[str, bytes]:
        write_bids(analysis, tmp_path)
        return {p.name: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    first = content()
    assert len(first) == 5
    assert content() == first
    other = replace(analysis, probability=0.5)
    write_bids(other, tmp_path)
    assert {p.name for p in tmp_path.rglob("*") if p.is_file()} == set(first)
