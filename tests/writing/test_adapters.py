"""Our segmentation and report read by OHIF's readers, where `make adapters` has installed them."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from dicom_studies import through_dicom, two_lesions
from glioscope.study import Channel
from glioscope.writing.dicom.seg import write_seg
from glioscope.writing.dicom.sr.report import write_sr
from glioscope.writing.dicom.target import dicom_target

TOOLS = Path(__file__).parents[2] / "tools" / "adapters"
pytestmark = pytest.mark.skipif(
    not (TOOLS / "node_modules").is_dir() or shutil.which("node") is None,
    reason="OHIF's adapters are not installed: run `make adapters`",
)


def test_every_voxel_is_on_its_image_and_every_figure_is_there(tmp_path: Path) -> None:
    analysis = through_dicom(two_lesions("oblique"), tmp_path / "in")
    target = dicom_target(analysis)
    write_seg(target, tmp_path / "seg.dcm")
    write_sr(target, tmp_path / "sr.dcm")
    files = (tmp_path / "in", tmp_path / "seg.dcm", tmp_path / "sr.dcm")
    done = subprocess.run(
        ["node", TOOLS / "read.js", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    frames = analysis.study.source.series[Channel.FLAIR].frames
    assert len(found["segments"]) == len(analysis.findings) == 2
    _, *groups = found["report"]["groups"]
    for segment, group, finding, track in zip(
        found["segments"], groups, analysis.findings, target.tracks, strict=True
    ):
        areas = np.count_nonzero(analysis.labels == finding.label, axis=(1, 2))
        places = {frames[n].instance_uid: int(area) for n, area in enumerate(areas) if area}
        assert segment["places"] == places
        assert segment["tracking"] == group["tracking"] == track.uid
        assert group["values"]["Volume"] == pytest.approx(finding.volume_ml, abs=0.0005)
        assert group["values"]["Long axis"] == pytest.approx(finding.diameter_mm, abs=0.005)
    # Its drawing tools show drawn annotations alone; docs/reference/air.md says so.
    assert found["report"]["tools"] == []
