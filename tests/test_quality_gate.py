"""Verdicts: what no model should judge is refused, heads are not, and faults are named."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pydicom import Dataset
from scipy.ndimage import affine_transform, rotate, shift

from glioscope import quality_gate as fitness
from glioscope.analysis_parts import InputQuality
from glioscope.errors import ModelError, Unfit
from glioscope.model.appearance import appearance_of
from glioscope.model.bundle import PLAN, REFERENCE, shipped_model
from glioscope.model.half_head import LIKE_HALF, half_shown
from glioscope.model.plan import Plan
from glioscope.model.preprocess import prepare
from glioscope.model.reference import TrainingAppearance, fit_kind
from glioscope.phantom.study import phantom_study
from glioscope.pipeline import analyze
from glioscope.quality_gate import assess
from glioscope.study import Channel, SeriesRef, Source, Study
from glioscope.volume import Grid, Image
from model.strangers import STRANGERS, study_of

PLAN_SHIPPED = Plan.load(shipped_model() / PLAN)
SHIPPED = TrainingAppearance.load(shipped_model() / REFERENCE)


def judge(study: Study) -> InputQuality:
    return assess(study, prepare(study, PLAN_SHIPPED), SHIPPED, PLAN_SHIPPED.pixel_mm)


def codes(quality: InputQuality, *, refusing: bool = False) -> set[str]:
    return {fault.code for fault in quality.faults if fault.refuses or not refusing}


def changed(study: Study, change: Callable[[np.ndarray], np.ndarray]) -> Study:
    def image(old: Image) -> Image:
        array = np.ascontiguousarray(change(old.array), np.float32)
        return Image(array, Grid(array.shape, old.grid.affine, old.grid.nominal))

    return replace(study, images={s: image(i) for s, i in study.images.items()})


@pytest.fixture(scope="module")
def head() -> Study:
    return phantom_study(0, size=128, slices=24)[0]


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_no_head_is_refused(name: str) -> None:
    quality = judge(study_of(STRANGERS[name]()))
    assert quality.verdict == "refused"
    no_head = {"not_a_head", "unlike", "proportions", "turned"}
    if name == "body_ct":  # told by filling the picture from side to side
        no_head |= {"cut_side"}
    assert codes(quality, refusing=True) & no_head
    assert quality.faults[0].refuses


def test_a_head_is_not_refused(head: Study) -> None:
    quality = judge(head)
    assert quality.verdict != "refused"
    assert quality.score is not None
    assert quality.score < SHIPPED.limits.score_warned
    assert judge(replace(head, images={Channel.FLAIR: head.images[Channel.FLAIR]})).verdict == (
        quality.verdict
    )


def test_a_cut_out_brain_is_not_refused(head: Study) -> None:
    """The middle ellipsoid of the phantom on true zeros, in the 1 mm grid of research data."""
    i, j, k = np.indices(head.grid.shape)
    away = np.hypot((i - 63.5) / 35, (j - 64) / 45)
    height = (k - 8) / 15
    inside = np.hypot(away, height) < 1
    quality = judge(changed(head, lambda a: np.where(inside, a, 0)))
    assert quality.verdict != "refused", quality.faults


@pytest.mark.parametrize("name", ["as it is", *fitness._TURNS])
def test_a_wrong_orientation_is_refused(name: str) -> None:
    """On the mean head of the training data, which no turn leaves as it is."""
    flair = SHIPPED.kinds[0].head.repeat(5, axis=0).repeat(5, axis=1).repeat(5, axis=2)
    turned = {
        "as it is": flair,
        "front": flair[:, ::-1],
        "top": flair[::-1],
        "both": flair[::-1, ::-1],
        "side": flair.transpose(0, 2, 1),
    }[name]
    found = [fault for fault in judge(study_of(turned)).faults if fault.code == "turned"]
    if name == "as it is":
        assert not found
    else:
        assert found[0].refuses
        assert str(fitness._TURNS[name]) in found[0].text


def test_a_head_upside_down_and_on_its_side_are_refused(head: Study) -> None:
    assert "turned" in codes(judge(changed(head, lambda a: a[:, :, ::-1])), refusing=True)
    aside = judge(changed(head, lambda a: a.transpose(1, 0, 2)))
    assert "proportions" in codes(aside, refusing=True)


def nodding(study: Study, degrees: float) -> Study:
    """The head turned about the axis from ear to ear, around the middle of the volume."""
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    _, row, slice_mm = study.grid.spacing
    matrix = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
    matrix = np.diag([1, 1 / row, 1 / slice_mm]) @ matrix @ np.diag([1, row, slice_mm])
    middle = (np.array(study.grid.shape) - 1) / 2
    return changed(study, lambda a: affine_transform(a, matrix, middle - matrix @ middle, order=1))


def test_a_chin_held_down_is_no_wrong_orientation() -> None:
    """Straight it looks more like the mean head upside down; with the chin up again it does not."""
    whole = phantom_study(2, size=96, slices=30)[0]
    nodded = nodding(whole, -30)
    planes = prepare(nodded, PLAN_SHIPPED)
    found = appearance_of(planes.flair, PLAN_SHIPPED.pixel_mm, planes.step)
    assert found is not None
    straight, turned, _ = fitness.compare_turns(found, SHIPPED)
    assert turned - straight > SHIPPED.limits.turned
    assert "turned" not in codes(judge(nodded))


@pytest.mark.parametrize("degrees", [-20, -10, 10])
def test_a_head_upside_down_is_refused_however_its_chin_is_held(degrees: float) -> None:
    """The control, on the mean head of the training data."""
    flair = SHIPPED.kinds[0].head.repeat(8, axis=0).repeat(5, axis=1).repeat(5, axis=2)
    for turned in (flair[::-1], flair[:, ::-1]):
        assert "turned" in codes(judge(nodding(study_of(turned), degrees)), refusing=True)


def test_left_and_right_are_not_judged(head: Study) -> None:
    """The control: a mirrored head is still a head, and nobody can tell."""
    assert judge(changed(head, lambda a: a[::-1])).verdict == judge(head).verdict


def test_noise_is_named_with_its_figure(head: Study) -> None:
    rng = np.random.default_rng(0)
    assert "noise" not in codes(judge(head))
    noisy = judge(changed(head, lambda a: np.abs(a + rng.normal(0, 45, a.shape))))
    (fault,) = [f for f in noisy.faults if f.code == "noise"]
    assert fault.value > fault.limit
    assert f"{fault.value:.2f}" in fault.text


def test_blur_and_cuts_are_named(head: Study) -> None:
    from scipy.ndimage import gaussian_filter

    assert "blur" in codes(judge(changed(head, lambda a: gaussian_filter(a, (2.5, 2.5, 0)))))
    assert "cut_side" in codes(judge(changed(head, lambda a: a[:, 45:])))
    assert "cut_side" not in codes(judge(head))


def test_slices(head: Study) -> None:
    for count, verdict in ((2, "refused"), (8, "fit with warnings")):
        quality = judge(changed(head, lambda a, n=count: a[:, :, 10 : 10 + n]))
        assert "few_slices" in codes(quality)
        assert ("few_slices" in codes(quality, refusing=True)) == (verdict == "refused")
    for factor, code in ((1.7, "thick_slices"), (0.4, "slab")):
        other = {
            s: Image(i.array, Grid(i.grid.shape, i.grid.affine @ np.diag([1, 1, factor, 1])))
            for s, i in head.images.items()
        }
        assert code in codes(judge(replace(head, images=other)))
    assert not {"thick_slices", "few_slices", "slab"} & codes(judge(head))


def nominal(study: Study) -> Study:
    """As pictures have it, without spacing."""
    images = {
        s: Image(i.array, Grid(i.grid.shape, i.grid.affine, True)) for s, i in study.images.items()
    }
    return replace(study, images=images)


# What stays of 24 slices of 5.25 mm.
HALVES = {"lower": slice(0, 12), "upper": slice(12, 24), "middle": slice(6, 18)}


@pytest.mark.parametrize("blank", [False, True])
@pytest.mark.parametrize("name", HALVES)
def test_half_a_head_is_refused(head: Study, name: str, blank: bool) -> None:
    """Also where slices of the other half are there and show nothing."""
    kept = np.isin(np.arange(24), np.arange(24)[HALVES[name]])

    def cut(array: np.ndarray) -> np.ndarray:
        return np.where(kept, array, 0) if blank else array[:, :, kept]

    half = changed(head, cut)
    assert "slab" in codes(judge(half), refusing=True)
    (fault,) = [f for f in judge(half).faults if f.code == "slab"]
    assert (fault.value, fault.limit) == (63.0, 75.0)
    assert "half of the head or less" in fault.text
    assert "turned" not in codes(judge(half))  # which half a head tells nothing of
    faults = {f.code: f for f in judge(nominal(half)).faults}
    if name == "middle":  # without spacing it cannot be told surely
        assert not faults["cut_ends"].refuses
        return
    assert faults["half_head"].refuses
    # The phantom begins above the base of the skull: its lower half is a head's middle.
    said = {"lower": "by its looks the middle", "upper": "only the upper half of a head"}
    assert said[name] in faults["half_head"].text


def test_a_little_less_than_a_head_is_not_refused(head: Study) -> None:
    """The controls: two of 24 slices gone at either end, or a fifth of the head at the top."""
    for kept in (slice(2, 24), slice(0, 22), slice(2, 22), slice(0, 19)):
        less = changed(head, lambda a, k=kept: a[:, :, k])
        for study in (less, nominal(less)):
            assert judge(study).verdict != "refused", kept
    slab = judge(changed(head, lambda a: a[:, :, 3:21]))
    assert "slab" in codes(slab)
    assert slab.verdict != "refused"


def test_ends_of_a_head_that_are_cut_off_are_warned_of(head: Study) -> None:
    """Where it covers enough to be more than half, whatever it looks like."""
    stretched = {
        s: Image(i.array, Grid(i.grid.shape, i.grid.affine @ np.diag([1, 1, 1.4, 1])))
        for s, i in head.images.items()
    }
    tall = replace(head, images=stretched)
    for kept, code in ((slice(0, 14), "cut_top"), (slice(8, 24), "cut_bottom")):
        quality = judge(changed(tall, lambda a, k=kept: a[:, :, k]))
        assert code in codes(quality)
        assert not {"slab", "half_head"} & codes(quality)


def test_half_of_a_head_side_by_side_is_refused(head: Study) -> None:
    right = np.arange(head.grid.shape[0])[:, None, None] < head.grid.shape[0] // 2
    sides = judge(changed(head, lambda a: np.where(right, a, 0)))
    assert "proportions" in codes(sides, refusing=True)


def test_each_half_of_the_mean_head_is_told() -> None:
    """Bands of the training data's own mean head, on pictures without spacing."""
    whole = SHIPPED.kinds[0].head
    found = appearance_of(whole.repeat(5, axis=0).repeat(4, axis=1).repeat(4, axis=2), 2.5)
    assert found is not None
    assert half_shown(found, SHIPPED.kinds) is None
    parts = {"lower": whole[:2], "upper": whole[2:], "middle": whole[1:3]}
    for name, part in parts.items():
        like = replace(found, head=part.repeat(2, axis=0), highest=0.95, middle=0.8, lowest=0.95)
        told = half_shown(like, SHIPPED.kinds)
        assert told is not None
        assert told.name == name
        assert told.more > LIKE_HALF
        assert half_shown(replace(like, highest=0.3, middle=0.97), SHIPPED.kinds) is None


def test_a_forced_half_is_analysed(head: Study) -> None:
    half = changed(head, lambda a: a[:, :, :12])
    with pytest.raises(Unfit, match="half of the head or less"):
        analyze(half)
    analysis = analyze(half, force=True)
    assert analysis.quality is not None
    assert analysis.quality.verdict == "refused"
    assert len(analysis.slices) == 12


def test_a_label_map_is_refused(head: Study) -> None:
    """Regions of a head numbered as a segmentation has them; few or many."""
    for regions in (3, 40):
        assert "label_map" in codes(
            judge(changed(head, lambda a, n=regions: _numbered(a, n))), refusing=True
        )
    # The controls: 8 bits, and every pixel twice in both directions, are pictures still.
    eight = changed(head, lambda a: np.round(a / a.max() * 255))
    doubled = changed(eight, lambda a: a.repeat(2, axis=0).repeat(2, axis=1))
    for picture in (head, eight, doubled):
        assert "label_map" not in codes(judge(picture))


def _numbered(array: np.ndarray, regions: int) -> np.ndarray:
    """The head in as many parts, each voxel with the number of the nearest of random centres."""
    rng = np.random.default_rng(0)
    centres = rng.uniform(0.2, 0.8, (regions, 3)) * array.shape
    places = np.indices(array.shape)
    away = [sum((p - c) ** 2 for p, c in zip(places, centre, strict=True)) for centre in centres]
    return np.where(array > 0.25 * np.median(array[array > 20]), 1.0 + np.argmin(away, axis=0), 0)


def test_another_heads_t1_is_refused_from_nifti_and_warned_of_elsewhere() -> None:
    one, other = (phantom_study(seed, size=128, slices=24)[0] for seed in (0, 1))
    assert "other_head" not in codes(judge(one))
    t1 = other.images[Channel.T1]
    moved = Image(np.ascontiguousarray(t1.array[:, ::-1]), one.grid)
    mixed = replace(one, images={**one.images, Channel.T1: moved})
    faults = [f for f in judge(mixed).faults if f.code == "other_head"]
    assert len(faults) == 1
    assert "T1 shows another head" in faults[0].text
    assert not faults[0].refuses
    from_files = replace(mixed, source=Source("nifti"))
    assert "other_head" in codes(judge(from_files), refusing=True)


def test_a_patient_who_moved_before_t1_is_warned_of_and_not_refused() -> None:
    study = phantom_study(0, size=128, slices=24)[0]
    t1 = study.images[Channel.T1]
    turned = rotate(t1.array, 8, (0, 1), reshape=False, order=1, mode="nearest")
    moved = Image(shift(turned, (3, -4, 0), order=1, mode="nearest"), t1.grid)
    from_files = replace(study, images={**study.images, Channel.T1: moved}, source=Source("nifti"))
    quality = judge(from_files)
    [fault] = [f for f in quality.faults if f.code == "moved_head"]
    assert not fault.refuses and "as when the patient has moved" in fault.text
    assert "other_head" not in codes(quality)


@pytest.mark.parametrize(
    ("keyword", "said", "refused"),
    [
        ("BodyPartExamined", "KNEE", True),
        ("BodyPartExamined", "BRAIN", False),
        ("BodyPartExamined", "", False),
        ("StudyDescription", "МРТ коленного сустава Иванов", True),
        ("StudyDescription", "МРТ головного мозга, рак молочной железы", False),
        ("ProtocolName", "T-Spine", True),
    ],
)
def test_a_knee_is_refused_by_its_header(
    head: Study, keyword: str, said: str, refused: bool
) -> None:
    header = Dataset()
    header.SpecificCharacterSet = "ISO_IR 192"
    setattr(header, keyword, said)
    reference = SeriesRef("1.2.3", (header,), ())
    scanned = replace(head, source=Source("dicom", series={Channel.FLAIR: reference}))
    quality = judge(scanned)
    assert ("other_body_part" in codes(quality, refusing=True)) == refused
    assert "Иванов" not in " ".join(fault.text for fault in quality.faults)


def test_bright_fluid_is_named() -> None:
    """T2 in FLAIR's place: a head whose ventricles and rim of fluid are its brightest part."""
    y, x = np.indices((120, 120)) / 59.5 - 1
    away = np.hypot(x / 0.62, y / 0.78)
    plane = np.select([away < 0.35, away < 0.8, away < 0.88, away < 1], [320, 100, 320, 60], 0.0)
    stack = np.repeat(plane[None], 20, axis=0)
    stack += np.random.default_rng(0).normal(0, 3, stack.shape)
    quality = judge(study_of(np.abs(stack)))
    assert "bright_fluid" in codes(quality), quality.faults


def test_an_empty_picture_shows_nothing() -> None:
    planes = np.zeros((6, 96, 96), np.float32)
    assert appearance_of(planes, 2.5) is None
    planes[:, 40:42, 40:42] = 1  # too small for a head
    assert appearance_of(planes, 2.5) is None


def test_a_kind_knows_what_it_was_fitted_on(head: Study) -> None:
    planes = prepare(head, PLAN_SHIPPED).flair
    found = [appearance_of(planes[n:], PLAN_SHIPPED.pixel_mm) for n in range(4)]
    kind = fit_kind("head", found)
    assert all(kind.match(one.head) > 0.95 for one in found)
    assert max(kind.score(one) for one in found) < 2


def test_flair_of_a_head_is_flair_and_t1_in_its_place_is_named(head: Study) -> None:
    flair, t1 = head.images[Channel.FLAIR], head.images[Channel.T1]
    sequence = {"looks_like_t1", "exchanged"}
    assert not sequence & codes(judge(head))
    assert sequence & codes(judge(replace(head, images={Channel.FLAIR: t1}))) == {"looks_like_t1"}
    exchanged = {Channel.FLAIR: t1, Channel.T1: flair}
    assert sequence & codes(judge(replace(head, images=exchanged))) == {"exchanged"}


def test_a_reference_survives_the_disk(tmp_path) -> None:
    path = tmp_path / "reference.json"
    path.write_text(SHIPPED.to_json(), encoding="utf-8")
    again = TrainingAppearance.load(path)
    assert again.limits == SHIPPED.limits
    assert again.to_json() == SHIPPED.to_json()
    path.write_text(SHIPPED.to_json().replace("log_area", "area"), encoding="utf-8")
    with pytest.raises(ModelError, match="update glioscope"):
        TrainingAppearance.load(path)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError):
        TrainingAppearance.load(path)
