"""The model card as Markdown: use, data, protocol, out-of-fold scores, limits and licence."""

from collections.abc import Mapping
from typing import Any

from glioscope.evaluation.metrics.conventions import CONVENTIONS, Convention
from glioscope.evaluation.report.tables import title_of
from glioscope.evaluation.scores.figure import Figure
from glioscope.evaluation.scores.score import Scores
from glioscope.findings.classes import concept_of
from glioscope.model.plan import Plan
from glioscope.training.config import TrainConfig

_TEXT = """# {name} {version}

Finds glioma on brain MRI slices: pre-contrast T1, FLAIR, post-contrast T1 (either T1 may be
missing). **Research use only. Not a medical device: no diagnosis may rest on its output.**

## Training

- Data: {patients} patients, {slices} slices of {data}
- Preset `{preset}`, seed {seed}: {epochs} epochs at sides {sides}, loss {loss}, {optimizer},
  learning rate {rate}. {weights}
{started}{taught}- Input: {context} neighbouring slices on each side, {size} × {size} pixels of
  {pixel:.3f} mm, intensities scaled over the volume.
{classes}
## Decision

Slice threshold {presence:.4f} on the calibrated probability (`sensitive`: a missed slice weighs ten
false alarms, at a specificity of at least 0.95), {balanced:.4f} for `balanced` (best F1); pixel
threshold {pixel_threshold}. All were chosen on out-of-fold predictions of all scored patients; for
the scores below, which are those of `sensitive`, without the patients they were applied to.

## Scores

- Protocol: {protocol}; {scored} patients.
- Thresholds: {thresholds}.
- 95 % intervals: bootstrap over patients, {resamples} resamples, seed {score_seed}.

{scored_networks} `n` counts what the figure's convention speaks
of; `glioscope evaluate` prints each.

| figure | name | value | 95 % interval | n |
|---|---|---|---|---|
{table}

{again}

{limits}"""


_CLASSES = """- Classes told apart within the tumour, in the order of the output `classes`:
  {listed}. They are the set's own; the outline and the decisions do not depend on them.
"""
_LGG_DATA = """the public TCIA TCGA-LGG segmentation set
  (`mateuszbuda/lgg-mri-segmentation`); masks outline the FLAIR abnormality. Every patient has a
  tumour."""
_LGG_AGAIN = """\
`glioscope evaluate --run results/{preset}` in the repository gives the same figures, and those by
site and missing sequence."""
_LGG_LIMITS = """## Limits

- Patient specificity cannot be measured on this data: there is no patient without a tumour.
- One data set of lower-grade glioma from five hospitals, acquired 1995 to 2014. Other scanners,
  children, treated patients and high-grade tumours were not in training; heads without a skull and
  coarser pictures only as made from these.
- Small end slices are where it misses: see recall for lesions under 200 px.
- BraTS contains some of the same patients, so a test on BraTS is not independent.

## Licence

Weights for research use, trained on images under CC BY 3.0 (TCIA) and masks and packaging under
CC BY-NC-SA 4.0. Cite Buda, Saha, Mazurowski 2019, doi 10.1016/j.compbiomed.2019.05.002, and
Mazurowski et al. 2017, doi 10.1007/s11060-017-2420-1.
"""

_OWN_AGAIN = """`glioscope evaluate --run RUN --data SET` gives the same figures, and those by site
and missing sequence."""
_OWN_DATA = """a set of its maker's own, images and outlines with the
  SHA-256 {sha256}."""
_OWN_LIMITS = """## Limits

- Nothing is known of patients, scanners and diseases that are not in this set.
- Whether the outlines are right, and who drew them, only the maker of the set can say.

## Licence

Whoever trained it decides, within the terms of the data.
"""


_WEIGHTS = """The weights here were trained on all {patients} patients with the same
  recipe as the networks that were scored."""
_SCORED = """The networks that were scored are the folds' own, not the weights in this folder, which
saw every patient."""
_ENSEMBLE_WEIGHTS = """The weights here are those of the {members} networks of a
  cross-validation; the answer is the mean of theirs."""
_ENSEMBLE_SCORED = """**The ensemble in this folder was never scored on patients it had not seen,
and cannot be on this data: every patient was in training for {others} of its {members} networks.**
The figures are those of its members, each on the patients it did not see; the thresholds were
chosen on its members' answers."""

_STARTED = """- Began with the network of {name} {version}, weights {sha256}, which had learned
  from other patients than those that are scored here, as far as its bundle tells. Batch
  normalisation stayed as it was.
"""
_TAUGHT = """- Distilled: {share:.0%} of every target is the mean answer of
  {teachers}.
  The scored networks were taught by networks that never saw the patients they are scored on.
"""
_TAUGHT_ALL = """  Those spoke of their own training patients; the weights here were taught, for
  each patient, by networks that had not seen him.
"""


def write_card(
    plan: Plan,
    config: TrainConfig,
    scores: Scores,
    meta: Mapping[str, Any],
    slices: int,
    members: int = 1,
    own_sha256: str | None = None,
) -> str:
    """The card of a network trained on the `slices` of all scored patients' data set.

    With more than one of `members`: of the mean of a cross-validation's networks. `own_sha256` is
    the hash of a set of one's own, None for the LGG set.
    """
    single = members == 1
    counts = {"patients": meta["patients"], "members": members, "others": members - 1}
    data = _OWN_DATA.format(sha256=own_sha256) if own_sha256 else _LGG_DATA
    return _TEXT.format(
        data=data,
        again=_OWN_AGAIN if own_sha256 else _LGG_AGAIN.format(preset=config.name),
        limits=_OWN_LIMITS if own_sha256 else _LGG_LIMITS,
        weights=(_WEIGHTS if single else _ENSEMBLE_WEIGHTS).format(**counts),
        scored_networks=(_SCORED if single else _ENSEMBLE_SCORED).format(**counts),
        started=_STARTED.format(**vars(config.start)) if config.start else "",
        taught=_taught(config) + (_TAUGHT_ALL if single and config.teachers else ""),
        name=plan.name,
        version=plan.version,
        patients=meta["patients"],
        slices=slices,
        preset=config.name,
        seed=config.seed,
        epochs=config.epochs,
        sides=", ".join(str(size) for size, _ in config.stages),
        loss=config.loss,
        optimizer=config.optimizer,
        rate=config.learning_rate,
        context=plan.context,
        size=plan.size,
        pixel=plan.pixel_mm,
        classes=_classes(plan),
        presence=plan.presence_threshold,
        balanced=plan.balanced_threshold,
        pixel_threshold=plan.pixel_threshold,
        protocol=meta["protocol"],
        thresholds=meta["thresholds"],
        scored=len(scores.patients),
        resamples=scores.resamples,
        score_seed=scores.seed,
        table="\n".join(_row(f) for f in scores.figures if _shown(f)),
    )


def _classes(plan: Plan) -> str:
    """Names and codes of the classes, where there are any."""
    coded = [(name, concept_of(name)) for name in plan.classes]
    listed = ", ".join(f"{name} ({c.scheme} {c.value})" for name, c in coded)
    return _CLASSES.format(listed=listed) if coded else ""


def _taught(config: TrainConfig) -> str:
    if not config.teachers:
        return ""
    named = ", ".join(f"`{t.name}` (seed {t.seed}, {t.sha256[:12]})" for t in config.teachers)
    return _TAUGHT.format(share=config.teacher_weight, teachers=named)


def _shown(figure: Figure) -> bool:
    return not figure.group or figure.group.startswith(
        ("size=", "alpha=", "variant=", "against=", "class=")
    )


def _row(figure: Figure) -> str:
    convention = CONVENTIONS[figure.name]
    title = title_of(figure)
    value, low, high = (number(v, convention) for v in (figure.value, figure.low, figure.high))
    interval = "" if figure.low is None else f"{low} – {high}"
    return f"| {title} | `{figure.key}` | {value} | {interval} | {figure.n} |"


def number(value: float | None, convention: Convention) -> str:
    """Four decimals, or a plain count; `–` where the figure is not defined."""
    if value is None:
        return "–"
    return f"{value:.4f}" if convention.digits else f"{value:g}"
