import json
import math
from dataclasses import replace

import pytest

from glioscope.analysis import Fault, InputQuality
from glioscope.errors import InputError, UnreadableFile
from glioscope.texts.message import message
from glioscope.writing.analysis_json import read_analysis_json, write_analysis_json
from phantoms import analysis_for, ball_mask, grid_of, nominal_grid


@pytest.fixture
def analysis():
    return analysis_for(ball_mask(grid_of("axial"), (0, 0, 0), 4), warnings=("предупреждение",))


@pytest.fixture
def document(analysis):
    return json.loads(json.dumps(analysis.to_dict()))


def test_what_is_written_is_read_back(analysis, document, tmp_path):
    write_analysis_json(analysis, tmp_path / "analysis.json")
    assert read_analysis_json(tmp_path / "analysis.json") == document


def test_the_schema_has_every_key_that_the_design_names(document):
    design = {
        *("schema", "study_id", "decision", "probability", "volume_ml", "model", "slices"),
        *("findings", "possible_misses", "warnings", "timings_s"),
    }
    assert design <= set(document)
    assert set(document["model"]) == {"name", "version", "sha256"}
    slice_keys = {"index", "name", "probability", "decision", "area_px", "area_mm2", "box_px"}
    assert slice_keys <= set(document["slices"][0])


def test_warnings_and_reasons_come_with_their_codes(analysis):
    few = message("gate.few_slices", count=4, least=12)
    fault = Fault("few_slices", 4.0, 12.0, False, few)
    quality = InputQuality("fit with warnings", (fault,), 1.1)
    found = replace(analysis, warnings=(few,), quality=quality)
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    text = "too few slices: 4, expected at least 12"
    assert document["warnings"] == [text]
    assert document["notices"] == [
        {"code": "gate.few_slices", "values": {"count": 4, "least": 12}, "text": text}
    ]
    assert document["quality"]["faults"] == [
        {"code": "few_slices", "value": 4.0, "limit": 12.0, "refuses": False, "text": text}
    ]
    (miss, *_) = document["possible_misses"]
    assert (miss["reason"], miss["reason_code"]) == (
        "neighbour of a called slice",
        "miss.neighbour",
    )


def test_a_nominal_study_has_no_figure_in_mm_or_ml(tmp_path):
    analysis = analysis_for(ball_mask(nominal_grid(), (-10, -9, 6), 4))
    write_analysis_json(analysis, tmp_path / "analysis.json")
    document = read_analysis_json(tmp_path / "analysis.json")
    assert document["volume_ml"] is None
    assert all(s["area_mm2"] is None for s in document["slices"])
    assert all(f["volume_ml"] is None for f in document["findings"]) and document["findings"]


def test_nan_is_never_written(analysis, tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_analysis_json(replace(analysis, probability=math.nan), tmp_path / "analysis.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.update(schema="other/1"), "expected schema glioscope.analysis/1"),
        (lambda d: d.pop("slices"), "slices is missing"),
        (lambda d: d.update(decision="perhaps"), "decision must be in"),
        (lambda d: d.update(probability=1.5), r"probability must lie in \[0, 1\]"),
        (lambda d: d.update(probability=True), "probability has the wrong type, bool"),
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
        read_analysis_json(tmp_path / "analysis.json")


@pytest.mark.parametrize("text", ["", "{", "[1, 2", '{"schema": NaN}', "\udcff"])
def test_what_is_not_json_is_unreadable(text, tmp_path):
    (tmp_path / "analysis.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(UnreadableFile, match=r"analysis\.json is not JSON"):
        read_analysis_json(tmp_path / "analysis.json")


def test_a_missing_file_is_unreadable(tmp_path):
    with pytest.raises(UnreadableFile, match=r"gone\.json cannot be read"):
        read_analysis_json(tmp_path / "gone.json")
