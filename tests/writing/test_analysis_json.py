import json
import math
from dataclasses import replace

import pytest

from glioscope.analysis_parts import Fault, InputQuality
from glioscope.followup.head import head_place
from glioscope.texts.message import message
from glioscope.writing.analysis_json import write_analysis_json
from phantoms import analysis_for, ball_mask, nominal_grid


def test_the_document_is_written_whole(analysis, document, tmp_path):
    write_analysis_json(analysis, tmp_path / "analysis.json", "ru")
    written = json.loads((tmp_path / "analysis.json").read_text("utf-8"))
    said = written.pop("conclusion")
    assert said["lang"] == "ru" and said["text"].startswith("На FLAIR определяется образование")
    head = written.pop("head_ras_mm")
    assert head == list(head_place(analysis.study, analysis.flair_scale))
    assert written == document


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
    write_analysis_json(analysis, tmp_path / "analysis.json", "en")
    document = json.loads((tmp_path / "analysis.json").read_text("utf-8"))
    assert document["volume_ml"] is None
    assert all(s["area_mm2"] is None for s in document["slices"])
    assert all(f["volume_ml"] is None for f in document["findings"]) and document["findings"]


def test_nan_is_never_written(analysis, tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        broken = replace(analysis, probability=math.nan)
        write_analysis_json(broken, tmp_path / "analysis.json", "en")
    assert not list(tmp_path.iterdir())
