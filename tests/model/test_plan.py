import json
import math
from dataclasses import replace

import pytest

from glioscope.errors import ModelError, UsageError
from glioscope.model.bundle import shipped_model
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import FEATURE_NAMES, Assessment

PLAN = Plan("test", "1", 64, context=2, z_weight=0.1, calibration_bias=-0.25)
CURVE = ((0.1, 0.0), (0.2, 0.04), (0.3, 0.05))
THIRDS = tuple(n / 3 for n in range(1, len(FEATURE_NAMES) + 1))
ASSESSMENT = Assessment(FEATURE_NAMES, THIRDS, THIRDS, tuple(-t for t in THIRDS), 0.1 + 0.2, 1 / 3)


@pytest.mark.parametrize("plan", [PLAN, replace(PLAN, assessment=ASSESSMENT)])
def test_json_keeps_every_field(plan):
    assert Plan.from_json(plan.to_json()) == plan
    assert Plan.from_json(plan.to_json()).to_json() == plan.to_json()


def test_classes_are_kept_and_a_plan_without_them_is_written_as_ever():
    kept = replace(PLAN, classes=("edema", "core"))
    assert Plan.from_json(kept.to_json()) == kept
    assert "classes" not in PLAN.to_json()
    shipped = (shipped_model() / "plan.json").read_text("utf-8")
    assert Plan.from_json(shipped).to_json() == shipped


@pytest.mark.parametrize("classes", [["one"], ["a", "a"], ["a", ""], ["a", 2], "ab", None])
def test_classes_that_cannot_be_are_refused(classes):
    document = json.loads(PLAN.to_json()) | {"classes": classes}
    with pytest.raises(ModelError, match="classes"):
        Plan.from_json(json.dumps(document))


def test_an_older_plan_has_no_assessment():
    document = json.loads(PLAN.to_json())
    del document["assessment"]
    assert Plan.from_json(json.dumps(document)) == PLAN


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"names": FEATURE_NAMES[::-1]}, "expected the names soft_dice"),
        ({"weights": THIRDS[1:]}, "expected 9 means, scales and weights"),
        ({"scales": (0.0, *THIRDS[1:])}, "scales positive"),
        ({"means": (math.nan, *THIRDS[1:])}, "must be finite"),
        ({"bias": math.inf}, "must be finite"),
        ({"flag_below": 1.5}, "flag_below must lie in"),
        ({"means": "many"}, "means"),
        ({"colour": "red"}, "update glioscope or the model"),
    ],
)
def test_an_unsound_assessment_is_refused(change, said):
    document = json.loads(replace(PLAN, assessment=ASSESSMENT).to_json())
    document["assessment"] |= change
    with pytest.raises(ModelError, match=said):
        Plan.from_json(json.dumps(document))
    with pytest.raises(ModelError, match="must be an object"):
        Plan.from_json(json.dumps(document | {"assessment": [1.0]}))


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


def test_what_is_missed_at_the_threshold_is_told_by_the_curve():
    """The curve is in steps: between two of them the higher one holds."""
    plan = replace(PLAN, miss_curve=CURVE, miss_patients=19)
    (first, rate), *_, (last, most) = CURVE
    assert replace(plan, presence_threshold=first).miss_rate == rate
    assert replace(plan, presence_threshold=last - 1e-6).miss_rate == most
    assert replace(plan, presence_threshold=0.99).miss_rate is None
    assert PLAN.miss_rate is None
