"""From a study to its analysis: the whole way, read top to bottom."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from glioscope.analysis import Analysis
from glioscope.analysis_parts import (
    DecisionBasis,
    Finding,
    InputQuality,
    OutlineBounds,
    StudyDecision,
)
from glioscope.errors import ModelError, Unfit
from glioscope.findings.bounds import Spacing, bounds
from glioscope.findings.classes import likeliest
from glioscope.findings.expected_dice import estimate_dice
from glioscope.findings.lesions import find_lesions, slice_findings, slice_names
from glioscope.findings.midline import Midline, midline
from glioscope.findings.possible_misses import possible_misses
from glioscope.findings.typical import decide_study, outlined_in, symmetry
from glioscope.model.bundle import Model, load_model
from glioscope.model.engine import ClassEngine
from glioscope.model.postprocess import SliceDecisions, decide, pixel_rule
from glioscope.model.preprocess import (
    Prepared,
    from_pictures,
    picture_spacing,
    prepare,
    share_outside,
)
from glioscope.quality_gate import assess
from glioscope.reading.checks import TOLD_MISSING
from glioscope.study import Study, content_hash
from glioscope.texts.message import Message, joined, message
from glioscope.volume import ClassMap, Mask, volume_ml

# A batch holds at most this many network pixels and slices. One slice of 256 x 256 through a U-Net
# of width 32 takes 20 MB more than the loaded model, two take 100 MB, four 240 MB, and none is
# faster per slice (measured on two cores); a whole process is to stay under 500 MB.
_BATCH_PIXELS = 256 * 256
_MOST_SLICES = 8

# A lesion at the rim of the head can hide in what the network does not see. Below this share it is
# scalp, ears and neck (padded pictures, phantoms).
_NOTICE_OUTSIDE = 0.01

Progress = Callable[[int, int], None]


def analyze(
    study: Study | str | Path,
    model: Model | None = None,
    on_progress: Progress | None = None,
    *,
    force: bool = False,
) -> Analysis:
    """Find glioma in one study.

    A study in which something is outlined is called "tumour", or "not typical" where that looks
    like other bright lesions (`glioscope.findings.typical`); its probability is that of its most
    probable slice. A path is read by `glioscope.read`; without a `model` that of `load_model()`
    answers. `on_progress` is told slices done and slices in all. With `force` a study that is not
    fit for the model is analysed all the same.

    Example:
        >>> from glioscope.phantom.study import phantom_study
        >>> study, truth = phantom_study(size=128, slices=12)
        >>> analysis = analyze(study, force=True)
        >>> analysis.decision
        'tumour'
        >>> [finding.side for finding in analysis.findings]
        ['left']

    Raises:
        InputError, MissingSequence: a path is no study that can be read.
        Unfit: the study is refused, and not forced.
        InvalidImage: a sequence is constant, not finite, or has an impossible spacing.
        ModelError: the network answered nonsense, or the model cannot be loaded.
    """
    clock = _Clock()
    model = model or load_model()
    if not isinstance(study, Study):
        with clock.measure("read"):
            study = _read(study)
    with clock.measure("prepare"):
        prepared = prepare(study, model.plan)
    with clock.measure("quality"):
        fit = _quality(study, prepared, model)
    if not force:
        _require_fit(fit, study, model)
    with clock.measure("network"), ThreadPoolExecutor(1) as beside:
        hashed = beside.submit(content_hash, study)
        answer = predict(prepared, model, on_progress)
    with clock.measure("restore"):
        pixels = prepared.restore.pictures(answer.planes)
        probability = from_pictures(pixels, study.grid)
        # Nothing but the network needs all its planes: 20 MB of 34 slices, while the most is held.
        flair = prepared.flair.copy()
        prepared = prepared.without_planes()
        presence, agreement, shares = answer.presence, answer.agreement, answer.classes
        del answer
    with clock.measure("postprocess"):
        area = prepared.restore.window.pixel_area
        decided = decide(pixels, presence, model.plan, area)
        mask = Mask(from_pictures(decided.mask, study.grid), study.grid)
    with clock.measure("measure"):
        slices = slice_findings(study, decided.mask, decided.probability)
        sides = midline(study, prepared.flair_scale) if decided.called.any() else None
        lesions = find_lesions(mask, probability, model.plan, sides)
        decision, basis = _decision(study, prepared, model, decided, lesions.findings, sides)
        misses = possible_misses(pixels, decided, slice_names(study), model.plan, flair)
        around = _bounds(study, prepared, model, decided)
        classes = _classes(study, prepared, model, shares, decided)
        judgement = estimate_dice(pixels, agreement, decided, model.plan.assessment)
    return Analysis(
        study=study,
        decision=decision,
        basis=basis,
        bounds=around,
        classes=classes,
        probability=float(decided.probability.max()),
        slices=slices,
        findings=lesions.findings,
        possible_misses=misses,
        mask=mask,
        labels=lesions.labels,
        flair_scale=prepared.flair_scale,
        voxel_probability=probability,
        model=model.info,
        volume_ml=None if study.grid.nominal else volume_ml(mask),
        warnings=_warnings(study, prepared, model, fit),
        timings_s=clock.seconds,
        threshold=model.plan.presence_threshold,
        operating_point=model.plan.operating_point,
        max_miss_rate=model.plan.max_miss_rate,
        miss_rate=model.plan.miss_rate,
        expected_dice=judgement.expected_dice,
        review=judgement.review,
        quality=fit,
        interval_coverage=model.plan.widening.coverage if model.plan.widening else None,
        input_sha256=hashed.result(),
        plan_sha256=model.plan.sha256,
        pixel_rule=pixel_rule(model.plan, area),
        versions={name: version(name) for name in ("glioscope", "onnxruntime", "numpy")},
    )


def _read(path: str | Path) -> Study:
    from glioscope.reading.read import read

    return read(path)


@dataclass(frozen=True)
class Answer:
    """What the network said of every slice, before calibration.

    With `plan.flip` pixel and slice probabilities are the mean with those of the left-right
    mirrored slice, and `agreement` holds, per slice, how far the two agree: the sum over pixels of
    their product, the sum of both squares, and the absolute difference of the slice
    probabilities. Without it `agreement` is None. A slice that was not looked at in the mirror
    (`Model.mirrored_from`) stands as one whose mirror says the same.

    `classes` tells, of a network that has them, how likely each class is where there is tumour, in
    255ths; like the pixels it is the mean with the mirrored slice.
    """

    planes: Float32[np.ndarray, "k n n"]
    presence: Float32[np.ndarray, "k"]
    agreement: Float32[np.ndarray, "k 3"] | None
    classes: UInt8[np.ndarray, "k n n c"] | None = None


def predict(prepared: Prepared, model: Model, on_progress: Progress | None = None) -> Answer:
    """Run the network over every slice."""
    count = len(prepared.planes)
    most = max(1, min(_MOST_SLICES, _BATCH_PIXELS // model.plan.size**2))
    planes = np.empty(prepared.planes.shape[:3], dtype=np.float32)
    presence = np.empty(count, dtype=np.float32)
    agreement = np.empty((count, 3), dtype=np.float32)
    shape = (*planes.shape, len(model.plan.classes))
    classes = np.empty(shape, dtype=np.uint8) if model.plan.classes else None
    parts = [slice(start, min(start + most, count)) for start in range(0, count, most)]

    def answer(part: slice) -> Answer:
        return _answer(prepared.batch(part.start, part.stop), model)

    with ThreadPoolExecutor(getattr(model.engine, "at_once", 1)) as threads:
        for part, answered in zip(parts, threads.map(answer, parts), strict=True):
            planes[part], presence[part] = answered.planes, answered.presence
            if answered.agreement is not None:
                agreement[part] = answered.agreement
            if classes is not None and answered.classes is not None:
                classes[part] = answered.classes
            if on_progress:
                on_progress(part.stop, count)
    if give_back := getattr(model.engine, "give_back", None):
        give_back()
    return Answer(planes, presence, agreement if model.plan.flip else None, classes)


def _answer(slices: Float32[np.ndarray, "b n n d"], model: Model) -> Answer:
    pixels, presence, classes = _asked(slices, model)
    if not model.plan.flip:
        return Answer(pixels, presence, None, None if classes is None else _in_255ths(classes))
    again = presence >= model.mirrored_from
    mirrored, mirrored_presence = pixels.copy(), presence.copy()
    mirrored_classes = None if classes is None else classes.copy()
    if again.any():
        said = _asked(slices[again, :, ::-1], model)
        mirrored[again], mirrored_presence[again] = said[0][:, :, ::-1], said[1]
        if mirrored_classes is not None and said[2] is not None:
            mirrored_classes[again] = said[2][:, :, ::-1]
    both = mean_of_both(pixels, presence, mirrored, mirrored_presence)
    if classes is None or mirrored_classes is None:
        return both
    return replace(both, classes=_in_255ths((classes + mirrored_classes) / 2))


def _asked(
    slices: Float32[np.ndarray, "b n n d"], model: Model
) -> tuple[
    Float32[np.ndarray, "b n n"], Float32[np.ndarray, "b"], Float32[np.ndarray, "b n n c"] | None
]:
    if not model.plan.classes:
        return *model.engine(slices), None
    if not isinstance(model.engine, ClassEngine):
        raise ModelError("model.no_classes")
    return model.engine.with_classes(slices)


def _in_255ths(shares: Float32[np.ndarray, "b n n c"]) -> UInt8[np.ndarray, "b n n c"]:
    return np.rint(255 * shares).astype(np.uint8)


def mean_of_both(
    pixels: Float32[np.ndarray, "b n n"],
    presence: Float32[np.ndarray, "b"],
    mirrored: Float32[np.ndarray, "b n n"],
    mirrored_presence: Float32[np.ndarray, "b"],
) -> Answer:
    """The mean of an answer and that for the mirrored slices, whose pixels are turned back."""
    over = (1, 2)
    agreement = np.stack(
        [
            (pixels * mirrored).sum(axis=over),
            (pixels**2 + mirrored**2).sum(axis=over),
            np.abs(presence - mirrored_presence),
        ],
        axis=1,
    )
    return Answer((pixels + mirrored) / 2, (presence + mirrored_presence) / 2, agreement)


def quality(study: Study, model: Model) -> InputQuality | None:
    """Whether the study is fit for the model, without analysing it; None where it does not know.

    Raises:
        InvalidImage: as `analyze`.
    """
    return _quality(study, prepare(study, model.plan), model)


def _quality(study: Study, prepared: Prepared, model: Model) -> InputQuality | None:
    reference = model.reference
    return reference and assess(study, prepared, reference, model.plan.pixel_mm)


def _require_fit(quality: InputQuality | None, study: Study, model: Model) -> None:
    if quality is None:
        return
    refusing = tuple(fault.message for fault in quality.faults if fault.refuses)
    if refusing:
        raise Unfit("pipeline.unfit", study=study.study_id, model=model.info.name, faults=refusing)


def _decision(
    study: Study,
    prepared: Prepared,
    model: Model,
    decided: SliceDecisions,
    lesions: Sequence[Finding],
    sides: Midline | None,
) -> tuple[StudyDecision, DecisionBasis | None]:
    if not lesions or sides is None:
        return "no tumour", None
    between, *pixel = _spacing(study, prepared, model)
    outlined = outlined_in(
        lesions,
        decided.probability,
        symmetry(decided.mask, sides, (pixel[0], pixel[1])),
        between * pixel[0] * pixel[1] / 1000,
        between if study.grid.nominal else None,
    )
    return decide_study(outlined)


def _bounds(
    study: Study, prepared: Prepared, model: Model, decided: SliceDecisions
) -> OutlineBounds | None:
    margins = model.plan.margins
    if margins is None or not decided.mask.any():
        return None
    found = bounds(decided.mask, _spacing(study, prepared, model), margins)
    sure, possible = (from_pictures(one, study.grid) for one in (found.sure, found.possible))
    return OutlineBounds(sure, possible, **asdict(margins))


def _classes(
    study: Study,
    prepared: Prepared,
    model: Model,
    shares: UInt8[np.ndarray, "k n n c"] | None,
    decided: SliceDecisions,
) -> ClassMap | None:
    if shares is None:
        return None
    found = likeliest(shares, prepared.restore.window, decided.called) * decided.mask
    return ClassMap(model.plan.classes, from_pictures(found, study.grid), study.grid)


def _spacing(study: Study, prepared: Prepared, model: Model) -> Spacing:
    """Between slices, rows and columns in mm; where it is not known, as the network was taught."""
    if study.grid.nominal:
        wide = model.plan.pixel_mm * prepared.restore.window.pixel_area**0.5
        return model.plan.context_mm, wide, wide
    return picture_spacing(study.grid)


def _warnings(
    study: Study, prepared: Prepared, model: Model, quality: InputQuality | None
) -> tuple[Message, ...]:
    faults = tuple(fault.message for fault in quality.faults) if quality else ()
    nominal = (message("pipeline.no_spacing"),) if study.grid.nominal else ()
    share = share_outside(study, prepared.restore.window, prepared.flair_scale)
    outside = (message("pipeline.outside", share=share),) if share > _NOTICE_OUTSIDE else ()
    noticed = (*_replaced(study, prepared), *nominal, *outside)
    return joined((*faults, *study.warnings, *noticed, *model.warnings))


def _replaced(study: Study, prepared: Prepared) -> Iterator[Message]:
    """What FLAIR stands in for, where reading has not said so: one other sequence, or both."""
    told = {w.values["channel"] for w in study.warnings if w.code in TOLD_MISSING}
    names = [sequence.value for sequence in prepared.replaced if sequence.value not in told]
    if len(names) == 1:
        yield message("pipeline.one_replaced", first=names[0])
    elif names:
        yield message("pipeline.two_replaced", first=names[0], second=names[1])


class _Clock:
    """Wall time of each step, in the order they ran."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, step: str) -> Generator[None, None, None]:
        start = time.perf_counter()
        yield
        self.seconds[step] = round(time.perf_counter() - start, 4)
