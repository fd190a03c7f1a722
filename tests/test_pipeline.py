from dataclasses import replace

import numpy as np
import pytest
from tests.model.grids import ORIENTATIONS, ball, head_grid, head_study
from tests.toy_model import toy_bundle

from glioscope import pipeline
from glioscope.analysis_parts import Fault, InputQuality
from glioscope.errors import InvalidImage, Unfit
from glioscope.findings import midline as midline_module
from glioscope.model import preprocess
from glioscope.model.bundle import load_model
from glioscope.model.plan_parts import FEATURE_NAMES, Assessment, OutlineMargins
from glioscope.model.preprocess import prepare, to_pictures
from glioscope.phantom.study import phantom_study
from glioscope.pipeline import _require_fit, analyze, predict
from glioscope.reading.lgg import read_case
from glioscope.study import Channel, Study, content_hash
from glioscope.texts.message import message
from glioscope.volume import Grid, Image
from lgg_folder import head_stack, write_case

CENTRE, RADIUS = (25.0, 15.0, 8.0), 14.0


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(toy_bundle(tmp_path_factory.mktemp("model") / "toy", size=96), threads=1)


def dice(a, b):
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_lesion_is_found_where_it_is(model, orientation):
    grid = head_grid(orientation)
    analysis = analyze(head_study(grid, [(CENTRE, RADIUS)]), model)
    truth = ball(grid, CENTRE, RADIUS)
    (finding,) = analysis.findings
    assert analysis.decision == "tumour"
    assert finding.centroid_ras_mm == pytest.approx(CENTRE, abs=0.8)
    assert dice(analysis.mask.array, truth) > 0.9
    assert analysis.volume_ml == pytest.approx(truth.sum() * 0.016, rel=0.15)
    assert analysis.probability == max(s.probability for s in analysis.slices)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_mirrored_study_is_told_apart(model, orientation):
    """Control: the same array with left and right swapped puts the lesion on the other side."""
    study = head_study(head_grid(orientation), [(CENTRE, RADIUS)])
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    mirrored = {
        s: Image(i.array, Grid(i.grid.shape, flip @ i.grid.affine)) for s, i in study.images.items()
    }
    (finding,) = analyze(replace(study, images=mirrored), model).findings
    assert finding.centroid_ras_mm == pytest.approx((-25.0, 15.0, 8.0), abs=0.8)


def test_slices_and_mask_say_the_same(model):
    grid = head_grid("sagittal reversed")
    analysis = analyze(head_study(grid, [(CENTRE, RADIUS)]), model)
    areas = np.count_nonzero(to_pictures(analysis.mask.array, grid), axis=(1, 2))
    assert [s.area_px for s in analysis.slices] == areas.tolist()
    called = [s.index for s in analysis.slices if s.decision == "tumour"]
    assert called == np.flatnonzero(areas).tolist()
    (finding,) = analysis.findings
    assert (finding.first_slice, finding.last_slice) == (called[0], called[-1])
    assert finding.diameter_slice in called


def test_a_healthy_head_stays_healthy(model):
    analysis = analyze(head_study(head_grid(), lesions=()), model)
    assert (analysis.decision, analysis.findings, analysis.volume_ml) == ("no tumour", (), 0.0)
    assert not analysis.mask.array.any()


def test_two_lesions_are_two_findings(model):
    lesions = [(CENTRE, RADIUS), ((-30.0, -20.0, -20.0), 9.0)]
    first, second = analyze(head_study(head_grid(), lesions), model).findings
    assert first.centroid_ras_mm == pytest.approx(CENTRE, abs=0.8)
    assert second.centroid_ras_mm == pytest.approx((-30.0, -20.0, -20.0), abs=0.8)


def test_the_demo_phantom_is_solved(model):
    study, truth = phantom_study(size=128, slices=16)
    analysis = analyze(study, model)
    assert dice(analysis.mask.array, truth.array) > 0.8


def test_pictures_without_spacing_get_no_millimetres(model):
    study = head_study(head_grid(shape=(96, 96, 40), spacing=(2.0, 2.0, 4.0)))
    grid = Grid(study.grid.shape, np.diag([-1.0, -1.0, 1.0, 1.0]), nominal=True)
    images = {s: Image(i.array, grid) for s, i in study.images.items()}
    analysis = analyze(replace(study, images=images), model)
    (finding,) = analysis.findings
    assert analysis.volume_ml is finding.volume_ml is finding.diameter_mm is None
    assert all(s.area_mm2 is None for s in analysis.slices)
    assert any("no voxel spacing" in str(warning) for warning in analysis.warnings)


def test_warnings_are_gathered(model):
    study = head_study(head_grid(), sequences=(Channel.FLAIR, Channel.T1))
    read, loaded = (message("text", text=t) for t in ("the reader said so", "so did the model"))
    noticed = Study(study.study_id, study.images, study.source, (read,))
    analysis = analyze(noticed, replace(model, warnings=(loaded,)))
    replaced = message("pipeline.one_replaced", first="T1GD")
    assert analysis.warnings == (read, replaced, loaded)
    assert str(replaced) == (
        "FLAIR stands in for T1 with contrast, which is missing, as in the training data"
    )


def test_an_unfit_study_names_its_faults_in_each_language(model):
    study = head_study(head_grid())
    fault = Fault("few_slices", 2, 12, True, message("gate.few_slices", count=2, least=12))
    quality = InputQuality("refused", (fault,), 1.0)
    with pytest.raises(Unfit, match="not fit for model toy: too few slices: 2, expected") as caught:
        _require_fit(quality, study, model)
    assert "не подходит для модели toy: мало срезов: 2" in caught.value.message.in_language("ru")


def test_what_the_network_cannot_see_is_said(model):
    narrow = replace(model, plan=replace(model.plan, field_of_view_mm=100.0))
    analysis = analyze(head_study(head_grid()), narrow)
    assert any("lies outside the network's field of view" in str(w) for w in analysis.warnings)


def test_provenance_is_kept(model):
    analysis = analyze(head_study(head_grid()), model)
    assert analysis.model == model.info
    assert analysis.threshold == model.plan.presence_threshold
    steps = ["prepare", "quality", "network", "restore", "postprocess", "measure"]
    assert list(analysis.timings_s) == steps
    assert set(analysis.versions) == {"glioscope", "onnxruntime", "numpy"}


def test_a_result_says_of_what_input_and_plan_it_is(model):
    study = head_study(head_grid(), [(CENTRE, RADIUS)])
    one = analyze(study, model).to_dict()
    assert one["input_sha256"] == content_hash(study)
    again = analyze(replace(study, study_id="again"), model).to_dict()
    unmirrored = analyze(study, replace(model, plan=replace(model.plan, flip=False))).to_dict()
    names = ("input_sha256", "plan_sha256")
    assert [again[n] for n in names] == [one[n] for n in names]
    assert [unmirrored[n] == one[n] for n in names] == [True, False]


def test_labels_and_scale_are_kept_for_the_writers(model):
    lesions = [(CENTRE, RADIUS), ((-30.0, -20.0, -20.0), 9.0)]
    study = head_study(head_grid("coronal"), lesions)
    analysis = analyze(study, model)
    assert np.array_equal(analysis.labels > 0, analysis.mask.array)
    sizes = np.bincount(analysis.labels.ravel())[1:].tolist()
    assert sizes == [f.voxels for f in analysis.findings]
    flair = study.images[Channel.FLAIR].array
    assert analysis.flair_scale == preprocess.intensity_scale(flair, "here")


def test_each_intensity_scale_is_found_once(model, monkeypatch):
    """Also where the midline is sought and part of the head lies outside the field of view."""
    found, wanted = [], preprocess.intensity_scale

    def counted(array, where):
        found.append(str(where))
        return wanted(array, where)

    for module in (preprocess, midline_module):
        monkeypatch.setattr(module, "intensity_scale", counted, raising=False)
    narrow = replace(model, plan=replace(model.plan, field_of_view_mm=100.0))
    analysis = analyze(head_study(head_grid(), [(CENTRE, RADIUS)]), narrow)
    assert analysis.findings and any("field of view" in str(w) for w in analysis.warnings)
    assert len(found) == len(set(found)) == 3


def test_probabilities_are_decided_on_as_the_network_gave_them(model, monkeypatch):
    """Not turned into a volume and back: pictures of a sagittal volume would be strided."""
    seen, decide = [], pipeline.decide

    def watch(pixels, *others):
        seen.append(pixels)
        return decide(pixels, *others)

    monkeypatch.setattr(pipeline, "decide", watch)
    study = head_study(head_grid("sagittal reversed"), [(CENTRE, RADIUS)])
    analysis = analyze(study, model)
    assert seen[0].flags.c_contiguous
    assert np.array_equal(seen[0], to_pictures(analysis.voxel_probability, study.grid))


def test_a_path_is_read_and_the_models_of_the_settings_answers(model, monkeypatch, tmp_path):
    case = write_case(tmp_path, "TCGA_CS_0001_19990101", *head_stack())
    monkeypatch.setattr(pipeline, "load_model", lambda: model)
    by_text = analyze(str(case), force=True)
    assert by_text.model == model.info
    assert by_text.study.source.kind == "lgg"
    assert next(iter(by_text.timings_s)) == "read"
    given = analyze(read_case(case), model, force=True)
    assert np.array_equal(by_text.mask.array, given.mask.array)


def test_progress_ends_with_all_slices(model):
    seen = []
    analyze(head_study(head_grid()), model, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (40, 40)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_batches_change_nothing(model):
    """39 slices do not fill the last batch; each slice alone gives the same answer."""
    prepared = prepare(head_study(head_grid(shape=(96, 80, 39))), model.plan)
    answer = predict(prepared, model)
    planes, presence = answer.planes, answer.presence
    for k in (0, 17, 38):
        pixels, alone = model.engine(prepared.batch(k, k + 1))
        assert presence[k] == pytest.approx(alone[0], abs=1e-6)
        assert np.allclose(planes[k], pixels[0], atol=1e-6)


class Leaning:
    """An engine whose answer depends on the side: the left column says 1, the rest 0."""

    def __call__(self, slices):
        pixels = np.zeros(slices.shape[:3], dtype=np.float32)
        pixels[:, :, 0] = 1.0
        return pixels, slices[:, 0, 0, 4].copy()


def test_mirrored_answers_are_averaged(model):
    prepared = prepare(head_study(head_grid()), model.plan)
    prepared.planes[:, 0, 0, 1], prepared.planes[:, 0, -1, 1] = 0.2, 0.6
    answer = predict(prepared, replace(model, engine=Leaning()))
    planes, presence = answer.planes, answer.presence
    assert (planes[:, :, 0] == 0.5).all() and (planes[:, :, -1] == 0.5).all()
    assert presence == pytest.approx(np.full(40, 0.4))
    # One column of ones on either side: no overlap, 2 · side in squares, and 0.6 - 0.2.
    side = prepared.planes.shape[1]
    assert answer.agreement == pytest.approx(np.tile([0, 2 * side, 0.4], (40, 1)))
    plain = replace(model, plan=replace(model.plan, flip=False), engine=Leaning())
    answer = predict(prepared, plain)
    planes, presence = answer.planes, answer.presence
    assert answer.agreement is None
    assert (planes[:, :, 0] == 1.0).all() and not planes[:, :, -1].any()
    assert presence == pytest.approx(np.full(40, 0.2))


def test_a_slice_in_which_next_to_nothing_is_seen_is_not_mirrored(model):
    """Of a batch of several slices every other one here."""
    prepared = prepare(head_study(head_grid()), model.plan)
    prepared.planes[:, 0, 0, 1], prepared.planes[:, 0, -1, 1] = 0.2, 0.6
    prepared.planes[::2, 0, 0, 1] = 0.04
    answer = predict(prepared, replace(model, engine=Leaning(), mirrored_from=0.05))
    once, twice = slice(0, None, 2), slice(1, None, 2)
    assert answer.presence[once] == pytest.approx(np.full(20, 0.04))
    assert answer.presence[twice] == pytest.approx(np.full(20, 0.4))
    assert (answer.planes[once, :, 0] == 1).all() and not answer.planes[once, :, -1].any()
    assert (answer.planes[twice, :, 0] == 0.5).all() and (answer.planes[twice, :, -1] == 0.5).all()
    side = prepared.planes.shape[1]
    assert answer.agreement[once] == pytest.approx(np.tile([side, 2 * side, 0], (20, 1)))
    assert answer.agreement[twice] == pytest.approx(np.tile([0, 2 * side, 0.4], (20, 1)))


def judging(model, flag_below):
    """The model with an assessment that expects 0.8 where the mirror agrees fully."""
    weights = tuple(0.5 * (name == "flip_agreement") for name in FEATURE_NAMES)
    means, scales = (0.0,) * len(FEATURE_NAMES), (1.0,) * len(FEATURE_NAMES)
    assessment = Assessment(FEATURE_NAMES, means, scales, weights, 0.3, flag_below)
    return replace(model, plan=replace(model.plan, assessment=assessment))


def test_the_model_judges_its_outline(model):
    study = head_study(head_grid(), [(CENTRE, RADIUS)])
    sure = analyze(study, judging(model, 0.7))
    # The toy network answers a mirrored slice with the mirrored answer.
    assert (sure.expected_dice, sure.review) == (pytest.approx(0.8, abs=1e-4), False)
    assert analyze(study, judging(model, 0.9)).review is True
    document = sure.to_dict()
    assert (document["expected_dice"], document["review"]) == (sure.expected_dice, False)


def test_an_empty_answer_is_to_be_reviewed(model):
    analysis = analyze(head_study(head_grid(), lesions=()), judging(model, 0.0))
    assert (analysis.decision, analysis.expected_dice) == ("no tumour", None)
    assert analysis.review is True


def test_without_mirror_or_assessment_the_model_does_not_judge_itself(model):
    study = head_study(head_grid(), [(CENTRE, RADIUS)])
    able = judging(model, 0.7)
    for silent in (model, replace(able, plan=replace(able.plan, flip=False))):
        analysis = analyze(study, silent)
        assert (analysis.expected_dice, analysis.review) == (None, None)


def test_an_unfit_study_is_refused(model):
    study = head_study(head_grid())
    study.images[Channel.FLAIR].array[:] = 1.0
    with pytest.raises(InvalidImage, match="FLAIR is constant"):
        analyze(study, model)


def test_a_missing_sequence_is_told_once(model):
    study = head_study(head_grid())
    told = message("reading.repeats_flair", channel="T1GD")
    bare = Study(
        study.study_id,
        {s: i for s, i in study.images.items() if s is not Channel.T1GD},
        study.source,
        (told,),
    )
    about = [str(w) for w in analyze(bare, model).warnings if "T1 with contrast" in str(w)]
    assert about == [str(told)]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_sure_region_lies_in_the_outline_and_the_possible_one_around_it(model, orientation):
    """Voxels of 4 x 2 x 2 mm: in a ball of 14 mm one of 11 mm is sure, one of 18 mm possible."""
    margins = OutlineMargins(0.1, 90, inside_mm=3.0, outside_mm=4.0)
    bounding = replace(model, plan=replace(model.plan, margins=margins))
    grid = head_grid(orientation)
    analysis = analyze(head_study(grid, [(CENTRE, RADIUS)]), bounding)
    found, outline = analysis.bounds, analysis.mask.array
    assert not (found.sure & ~outline).any()
    assert not (outline & ~found.possible).any()
    assert dice(found.sure, ball(grid, CENTRE, RADIUS - 3.0)) > 0.8
    assert dice(found.possible, ball(grid, CENTRE, RADIUS + 4.0)) > 0.9
    told = analysis.to_dict()["bounds"]
    assert told["sure_ml"] < analysis.volume_ml < told["possible_ml"]
    assert told["possible_ml"] == pytest.approx(found.possible.sum() * grid.voxel_ml)
    assert (told["rate"], told["inside_mm"], told["outside_mm"]) == (0.1, 3.0, 4.0)


def test_bounds_need_an_outline_and_margins_of_the_threshold(model):
    margins = OutlineMargins(0.1, 90, inside_mm=3.0, outside_mm=4.0)
    bounding = replace(model, plan=replace(model.plan, margins=margins))
    grid = head_grid()
    healthy, ill = head_study(grid, []), head_study(grid, [(CENTRE, RADIUS)])
    assert analyze(healthy, bounding).bounds is None
    assert analyze(ill, model).bounds is None
    balanced = replace(bounding, plan=bounding.plan.at("balanced"))
    assert analyze(ill, balanced).bounds is None


@pytest.mark.parametrize("orientation", ["axial LPS", "oblique"])
def test_a_core_within_a_shell_is_told_apart(orientation, tmp_path):
    grid = head_grid(orientation)
    core = ball(grid, CENTRE, RADIUS / 2)
    study = head_study(grid, [(CENTRE, RADIUS)])
    flair = study.images[Channel.FLAIR]
    bright = Image(np.where(core, 1.4 * flair.array, flair.array).astype(np.float32), grid)
    study = replace(study, images={**study.images, Channel.FLAIR: bright})
    kept = load_model(toy_bundle(tmp_path / "kept", size=96, classes=("edema", "core")), threads=1)
    whole = load_model(toy_bundle(tmp_path / "whole", size=96), threads=1)
    said, plain = analyze(study, kept), analyze(study, whole)
    # The outline is the very same, and wholly of classes.
    assert np.array_equal(said.mask.array, plain.mask.array) and plain.classes is None
    assert np.array_equal(said.classes.values > 0, said.mask.array)
    assert dice(said.classes.values == 2, core) > 0.9
    document, other = said.to_dict(), plain.to_dict()
    edema, middle = document.pop("classes")
    assert middle["volume_ml"] == pytest.approx(core.sum() * 0.016, rel=0.15)
    assert edema["voxels"] + middle["voxels"] == said.mask.array.sum()
    assert [finding.pop("classes") for finding in document["findings"]] == [[edema, middle]]
    different = {"timings_s", "plan_sha256", "model"}
    assert {n: v for n, v in document.items() if n not in different} == {
        n: v for n, v in other.items() if n not in different
    }


def test_classes_are_the_mean_with_the_mirrored_slice(tmp_path):
    study = phantom_study(size=64, slices=6)[0]
    model = load_model(toy_bundle(tmp_path / "kept", size=64, classes=("a", "b")), threads=1)
    prepared = prepare(study, model.plan)
    alone = replace(model, plan=replace(model.plan, flip=False))
    # The toy network knows no sides.
    assert np.array_equal(predict(prepared, model).classes, predict(prepared, alone).classes)
    _, _, shares = model.engine.with_classes(prepared.batch(2, 3))
    said = predict(prepared, model).classes[2:3]
    assert np.abs(said / 255 - shares).max() <= 0.5 / 255 + 1e-6
    sparing = replace(model, mirrored_from=2.0)
    assert np.array_equal(predict(prepared, sparing).classes, predict(prepared, alone).classes)
