"""What an analysis left in a folder comes back typed, and damage is named with its place."""

import json
from dataclasses import replace

import numpy as np
import pytest

from glioscope.errors import GridMismatch, InputError, UnreadableFile
from glioscope.reading.results import read_analysis, read_result, stored
from glioscope.volume import Mask
from glioscope.writing.analysis_json import write_analysis_json
from glioscope.writing.nifti import write_mask
from results import lesions


def test_what_is_written_is_read_back(tmp_path):
    analysis = lesions((0.97, 1.03))
    write_analysis_json(analysis, tmp_path / "analysis.json", "en")
    found = read_analysis(tmp_path / "analysis.json")
    assert found == stored(analysis).analysis
    assert [vars(s) for s in found.slices] == [vars(s) for s in analysis.slices]
    assert found.model == analysis.model
    assert found.findings[0].intervals == analysis.findings[0].intervals
    assert found.volume_interval == pytest.approx((0.97, 1.03))
    assert found.voxels == int(analysis.mask.array.sum())


def test_a_result_is_the_document_and_the_mask_of_one_run(analysis, tmp_path):
    write_analysis_json(analysis, tmp_path / "analysis.json", "en")
    write_mask(analysis, tmp_path / "mask.nii.gz")
    result = read_result(tmp_path)
    assert result.study_id == "phantom" and result.grid.matches(analysis.mask.grid)
    assert (result.mask.array == analysis.mask.array).all()
    lifted = np.roll(analysis.mask.array, 1, axis=2)
    write_mask(replace(analysis, mask=Mask(lifted, analysis.mask.grid)), tmp_path / "mask.nii.gz")
    with pytest.raises(GridMismatch, match="not of one run") as error:
        read_result(tmp_path)
    assert "от разных запусков" in error.value.message.in_language("ru")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.update(schema="other/1"), "expected schema glioscope.analysis/2"),
        (lambda d: d.pop("slices"), "slices is missing"),
        (lambda d: d.update(decision="perhaps"), "decision must be in"),
        (lambda d: d.update(probability=1.5), r"probability must lie in \[0, 1\]"),
        (lambda d: d.update(probability=True), "probability has the wrong type, bool"),
        (lambda d: d.update(probability=None), "probability has the wrong type, null"),
        (lambda d: d["slices"][1].update(probability=None), r"slices\[1\]: probability has the wr"),
        (lambda d: d.update(model=None), "model has the wrong type, null"),
        (lambda d: d["model"].pop("sha256"), "model: sha256 is missing"),
        (lambda d: d["slices"].reverse(), r"slices\[0\] has index 11: out of order"),
        (lambda d: d["slices"].insert(0, 3), r"slices\[0\]: expected an object, got int"),
        (lambda d: d["slices"][2].update(area_px=1.5), r"slices\[2\]: area_px has the wrong type"),
        (lambda d: d["possible_misses"][0].pop("reason"), r"possible_misses\[0\]: reason is miss"),
    ],
)
def test_an_unsound_document_is_refused_with_the_place(document, change, says, tmp_path):
    change(document)
    (tmp_path / "analysis.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=says):
        read_analysis(tmp_path / "analysis.json")


def test_a_readers_outline_has_no_probability_and_perhaps_no_model(document, tmp_path):
    document.update(author="reader", probability=None, model=None, possible_misses=[])
    for one in document["slices"]:
        one["probability"] = None
    (tmp_path / "analysis.json").write_text(json.dumps(document))
    found = read_analysis(tmp_path / "analysis.json")
    assert (found.author, found.probability, found.model) == ("reader", None, None)


@pytest.mark.parametrize(
    "text", ["", "{", "[1, 2", '{"schema": NaN}', "\udcff", "[" * 99_999], ids=range(6)
)
def test_what_is_not_json_is_unreadable(text, tmp_path):
    (tmp_path / "analysis.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(UnreadableFile, match=r"analysis\.json is not JSON"):
        read_analysis(tmp_path / "analysis.json")


def test_a_missing_file_is_unreadable(tmp_path):
    with pytest.raises(UnreadableFile, match=r"gone\.json cannot be read"):
        read_analysis(tmp_path / "gone.json")
