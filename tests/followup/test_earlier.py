"""Lesions read back from a segmentation: each where it was, by what it was followed."""

import json
from pathlib import Path

import numpy as np
import pytest

from dicom_studies import through_dicom, two_lesions
from glioscope.analysis import Analysis
from glioscope.errors import UnreadableFile
from glioscope.followup.earlier import read_earlier
from glioscope.writing.dicom.seg import seg_dataset, write_seg
from glioscope.writing.dicom.target import dicom_target


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("result")


@pytest.fixture(scope="module", params=["sagittal", "oblique"])
def found(request: pytest.FixtureRequest, folder: Path) -> Analysis:
    analysis = through_dicom(two_lesions(request.param), folder / request.param)
    write_seg(dicom_target(analysis), folder / "seg.dcm")
    (folder / "analysis.json").write_text(json.dumps({"head_ras_mm": [1.0, 2.0, 3.5]}))
    return analysis


def test_every_voxel_is_where_the_mask_has_it(found: Analysis, folder: Path) -> None:
    earlier = read_earlier(folder)
    assert earlier is not None and earlier.head == (1.0, 2.0, 3.5)
    grid = found.study.grid
    written = seg_dataset(dicom_target(found))
    assert earlier.frame_of_reference == written.FrameOfReferenceUID
    for lesion, segment, finding in zip(
        earlier.lesions, written.SegmentSequence, found.findings, strict=True
    ):
        assert (lesion.uid, lesion.name) == (segment.TrackingUID, segment.TrackingID)
        assert lesion.voxel_mm3 == pytest.approx(grid.voxel_ml * 1000, rel=1e-4)
        inverse = np.linalg.inv(grid.affine)
        voxels = lesion.points @ inverse[:3, :3].T + inverse[:3, 3]
        assert np.abs(voxels - np.rint(voxels)).max() < 0.01
        expected = np.argwhere(found.labels == finding.label)
        assert set(map(tuple, np.rint(voxels).astype(int))) == set(map(tuple, expected))


def test_a_folder_without_a_segmentation_has_none(tmp_path: Path) -> None:
    assert read_earlier(tmp_path) is None


def test_without_its_document_the_head_is_not_known(
    found: Analysis, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "seg.dcm").write_bytes((folder / "seg.dcm").read_bytes())
    earlier = read_earlier(tmp_path)
    assert earlier is not None and earlier.head is None
    assert len(earlier.lesions) == len(found.findings)


def test_damage_is_told_without_a_path(found: Analysis, folder: Path, tmp_path: Path) -> None:
    content = (folder / "seg.dcm").read_bytes()
    (tmp_path / "seg.dcm").write_bytes(content[: len(content) // 2])
    with pytest.raises(UnreadableFile) as told:
        read_earlier(tmp_path)
    assert str(tmp_path) not in str(told.value)
