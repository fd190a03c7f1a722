"""Our DICOM results read by dcmqi, the library with which 3D Slicer reads them."""

import json
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from dicom_studies import lesion, through_dicom, two_lesions
from glioscope.analysis import Analysis
from glioscope.volume import Mask
from glioscope.writing.dicom.seg import write_seg
from glioscope.writing.dicom.sr.report import write_sr
from glioscope.writing.dicom.target import dicom_target
from phantoms import ORIENTATIONS, analysis_for

TOOLS = Path(sys.executable).parent
pytestmark = pytest.mark.skipif(
    not (TOOLS / "segimage2itkimage").exists(), reason="dcmqi is not installed: pip install dcmqi"
)


def call(tool: str, *words: object) -> str:
    """What a tool of dcmqi says; its own complaints about a file count as a failure."""
    found = subprocess.run(
        [TOOLS / tool, *map(str, words)], capture_output=True, text=True, check=True
    )
    said = found.stdout + found.stderr
    complaints = [line for line in said.splitlines() if line.startswith(("E:", "W:"))]
    # It cannot check text in UTF-8, and says so.
    assert [c for c in complaints if "Specific Character Set" not in c] == []
    return said


def segments(analysis: Analysis, folder: Path) -> list[np.ndarray]:
    """Voxels of every segment on the study's grid, found by their position in space alone."""
    write_seg(dicom_target(analysis), folder / "seg.dcm")
    call(
        "segimage2itkimage",
        *("--inputDICOM", folder / "seg.dcm", "--outputDirectory", folder, "-t", "nii"),
    )
    to_voxel = np.linalg.inv(analysis.study.grid.affine)
    found = []
    for path in sorted(folder.glob("[0-9]*.nii.gz")):
        image = nib.load(path)
        points = nib.affines.apply_affine(image.affine, np.argwhere(np.asarray(image.dataobj) > 0))
        voxels = nib.affines.apply_affine(to_voxel, points)
        assert np.abs(voxels - np.round(voxels)).max() < 0.01
        array = np.zeros(analysis.study.grid.shape, bool)
        array[tuple(np.round(voxels).astype(int).T)] = True
        found.append(array)
    return found


@pytest.mark.parametrize(
    ("name", "enhanced"), [*((name, False) for name in ORIENTATIONS), ("oblique", True)]
)
def test_each_segment_is_its_lesion(name: str, enhanced: bool, tmp_path: Path) -> None:
    analysis = through_dicom(two_lesions(name), tmp_path / "in", enhanced=enhanced)
    found = segments(analysis, tmp_path)
    assert len(found) == len(analysis.findings) == 2
    for finding, array in zip(analysis.findings, found, strict=True):
        np.testing.assert_array_equal(array, analysis.labels == finding.label)


def test_the_control_a_flipped_mask_is_not_it(tmp_path: Path) -> None:
    analysis = through_dicom(lesion("oblique"), tmp_path / "in")
    flipped = Mask(analysis.mask.array[:, ::-1].copy(), analysis.mask.grid)
    (array,) = segments(analysis_for(flipped, study=analysis.study), tmp_path)
    assert array.sum() == analysis.mask.array.sum()
    assert not np.array_equal(array, analysis.mask.array)


def test_the_report_holds_the_same_figures(tmp_path: Path) -> None:
    analysis = through_dicom(two_lesions("sagittal"), tmp_path / "in")
    write_sr(dicom_target(analysis), tmp_path / "sr.dcm")
    out = tmp_path / "sr.json"
    call("tid1500reader", "--inputDICOM", tmp_path / "sr.dcm", "--outputMetadata", out)
    _whole, *groups = json.loads(out.read_text("utf-8"))["Measurements"]
    assert len(groups) == len(analysis.findings)
    for group, finding in zip(groups, analysis.findings, strict=True):
        values = {
            item["quantity"]["CodeMeaning"]: (float(item["value"]), item["units"]["CodeValue"])
            for item in group["measurementItems"]
        }
        assert values["Volume"] == (pytest.approx(finding.volume_ml, abs=0.0005), "mL")
        assert values["Long axis"] == (pytest.approx(finding.diameter_mm, abs=0.005), "mm")
        assert group["ReferencedSegment"] == finding.label
