import json
import math
from dataclasses import replace

import pytest

from glioscope.errors import ModelError, UsageError
from glioscope.model.plan import Plan

PLAN = Plan("test", "1", 64, context=2, z_weight=0.1, calibration_bias=-0.25)
CURVE = ((0.1, 0.0), (0.2, 0.04), (0.3, 0.05))


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
        ("balanced_threshold", 1.0),
        ("z_lift", -0.1),
        ("z_lift", math.inf),
        ("pixel_smooth", 0.6),
        ("min_area", -1.0),
        ("min_area", math.inf),
        ("miss_curve", [[0.1, 0.0]]),
        ("miss_patients", 5),
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


def test_a_miss_curve_survives_the_file_and_must_rise():
    plan = replace(PLAN, miss_curve=CURVE, miss_patients=19)
    assert Plan.from_json(plan.to_json()) == plan
    with pytest.raises(ModelError, match="miss_curve"):
        replace(plan, miss_curve=CURVE[::-1])
    with pytest.raises(ModelError, match="miss_curve"):
        replace(plan, miss_curve=((0.1, 0.0), (0.2, 1.2)))


def test_operating_points():
    plan = replace(PLAN, presence_threshold=0.2, balanced_threshold=0.4)
    assert plan.at("sensitive") == plan
    assert plan.at("balanced").presence_threshold == 0.4
    assert plan.at("balanced").operating_point == "balanced"
    with pytest.raises(UsageError, match=r"'careless'.*sensitive"):
        plan.at("careless")


def test_a_promised_miss_rate_moves_the_threshold_and_drops_nothing():
    plan = replace(PLAN, miss_curve=CURVE, miss_patients=19, min_area=20.0)
    promised = plan.for_miss_rate(0.09)
    assert promised.presence_threshold == 0.2
    assert (promised.operating_point, promised.max_miss_rate) == ("miss_rate", 0.09)
    assert promised.min_area == 0.0
    with pytest.raises(UsageError, match=r"0\.01.*from 0\.050.*19 patients"):
        plan.for_miss_rate(0.01)
    with pytest.raises(UsageError, match="0 patients"):
        PLAN.for_miss_rate(0.5)
