import json
import math

import pytest

from glioscope.errors import ModelError
from glioscope.model.plan import Plan

PLAN = Plan("test", "1", 64, context=2, z_weight=0.1, calibration_bias=-0.25)


def test_json_keeps_every_field():
    assert Plan.from_json(PLAN.to_json()) == PLAN


def test_channels_are_sequences_times_slices():
    assert PLAN.input_channels == 15
    assert PLAN.pixel_mm == 3.75


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", 8),
        ("size", 64.5),
        ("context", -1),
        ("context_mm", 0.0),
        ("field_of_view_mm", 0.0),
        ("field_of_view_mm", math.nan),
        ("clip", 1.0),
        ("pixel_low", 0.6),
        ("pixel_threshold", 1.0),
        ("z_weight", 0.6),
        ("presence_threshold", 0.0),
        ("presence_threshold", math.nan),
        ("calibration_scale", 0.0),
        ("calibration_scale", math.inf),
        ("calibration_bias", math.nan),
    ],
)
def test_what_is_out_of_range_is_refused(field, value):
    document = json.loads(PLAN.to_json()) | {field: value}
    with pytest.raises(ModelError, match=field):
        Plan.from_json(json.dumps(document))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a plan"),
        ("[]", "is not a plan"),
        ("7", "is not a plan"),
        ("{}", "is not a plan"),
        ('{"schema": "glioscope.plan/9"}', "expected schema glioscope.plan/1"),
        ('{"schema": "glioscope.plan/1", "name": "x"}', "version"),
    ],
)
def test_what_is_no_plan_is_refused(text, said):
    with pytest.raises(ModelError, match=said):
        Plan.from_json(text)


@pytest.mark.parametrize("change", [{"clip": "four"}, {"colour": "red"}])
def test_wrong_types_and_unknown_fields_are_refused(change):
    document = json.loads(PLAN.to_json()) | change
    with pytest.raises(ModelError, match="update glioscope or the model"):
        Plan.from_json(json.dumps(document))


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"plan\.json cannot be read"):
        Plan.load(tmp_path / "plan.json")
    (tmp_path / "plan.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="not UTF-8"):
        Plan.load(tmp_path / "plan.json")


def test_changed_thresholds_are_checked():
    assert PLAN.with_thresholds(presence_threshold=0.3).presence_threshold == 0.3
    with pytest.raises(ModelError):
        PLAN.with_thresholds(presence_threshold=1.5)
