"""From folders of reviews to a new bundle, or to the reasons why there is none."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from glioscope.errors import InputError, NotReleased, UsageError
from glioscope.files import atomic_json
from glioscope.model.bundle import CARD, PATIENTS, PLAN, REFERENCE, WEIGHTS, Model, load_model
from glioscope.model.plan import Plan
from glioscope.model.preprocess import prepare
from glioscope.model.reference import TrainingAppearance
from glioscope.model.training_patients import TrainingPatients, name_hash, volume_hash
from glioscope.reading.labelled import CASES
from glioscope.texts.message import Message
from glioscope.training.config import TrainConfig
from glioscope.training.data.cases import Case, cases_in, patient_of, study_of
from glioscope.training.data.classes import with_classes
from glioscope.training.export.onnx import write_bundle
from glioscope.training.loop.fit import WEIGHTS as TRAINED
from glioscope.training.steps import Told, nobody
from glioscope.training.update.frozen import LEAST, freeze, require_apart
from glioscope.training.update.judge import Verdict, judge
from glioscope.training.update.rebuild import rebuild
from glioscope.training.update.tune import config_for, tune

SCHEMA = "glioscope.update/1"
# One LGG patient of so many is not learned from: what the old model knew must not be lost.
_KEPT = 5
# Parity with Keras is checked on the middle slices of so many cases.
_PARITY_CASES = 4

_CARD = """

## Tuned in a hospital

Version {version}: the weights of {name} {old} were trained further on {studies} studies of
{patients} patients whose outline doctors had signed{mixed}. Batch normalisation stayed as it was.
Scores, thresholds and calibration above are those of {old} and were not fitted anew; its promises
about miss rates and the widths of its intervals do not hold for other weights and were dropped. On
the hospital's own test set, {tested} patients (SHA-256 {frozen}), neither Dice nor recall nor
specificity of slices fell by a hundredth, by the lower end of the 95 % interval of the difference.
"""
_CARD_CLASSES = """
Classes told apart within the tumour: {classes}. They were learned from these studies, and nobody
has judged them.
"""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is tuned, on what, and where to.

    Attributes:
        model: folder of the bundle in use.
        corrections, test: sets of labelled studies.
        lgg: folder of the LGG set, mixed with the corrections so that it is not forgotten; its
            every fifth patient is judged on instead.
        out: the new bundle; not there yet.
        report: where the comparison is written, released or not.
    """

    model: Path
    corrections: Path
    test: Path
    lgg: Path | None
    out: Path
    report: Path
    least: int = LEAST


@dataclass(frozen=True)
class Released:
    """The version of the new bundle, and what it was judged by."""

    version: str
    verdicts: tuple[Verdict, ...]


def update_model(
    wanted: Wanted, preset: TrainConfig, *, verbose: int = 1, told: Told = nobody
) -> Released:
    """Tune the bundle's network, judge it, and write the new bundle if nothing falls.

    Raises:
        NotReleased: something may have fallen; says what. The report is written all the same.
        LeakError: a patient is both learned from and tested on.
        UsageError: the output is there already, or there are too few patients to test on.
        InputError: a set cannot be read, or the test set has changed.
        UsageError: the bundle tells other classes apart than the corrections.
        ModelError: the bundle cannot be loaded, or its network not be rebuilt.
    """
    if wanted.out.exists():
        raise UsageError("training.bundle_exists", folder=wanted.out.name)
    old = load_model(wanted.model)
    sets = _sets(wanted)
    frozen = freeze(wanted.test)
    rebuilt = rebuild((wanted.model / WEIGHTS).read_bytes(), old.plan)
    config = with_classes(config_for(preset, rebuilt, old.plan), wanted.corrections)
    plan = _new_plan(wanted, Plan.load(wanted.model / PLAN), config)
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wanted.out.parent, prefix=".update-") as temporary:
        run, made = Path(temporary) / "run", Path(temporary) / wanted.out.name
        tune(config, rebuilt, old.plan, sets.taught, run, verbose)
        card = _card(wanted, sets, old, plan, frozen)
        _write(wanted.model, sets, config, run / TRAINED, plan, card, made)
        new = load_model(made)
        verdicts = tuple(judge(on, cases, old, new, told) for on, cases in sets.judged)
        falls = tuple(said for verdict in verdicts for said in verdict.falls)
        _report(wanted, sets, old, plan.version, frozen, verdicts, falls)
        if falls:
            raise NotReleased("training.not_released", version=plan.version, falls=falls)
        shutil.move(made, wanted.out)
    return Released(plan.version, verdicts)


@dataclass(frozen=True)
class _Sets:
    """`taught` are the corrections and what is mixed with them; `judged` by the name of the set."""

    corrections: Sequence[Case]
    mixed: Sequence[Case]
    judged: tuple[tuple[str, Sequence[Case]], ...]

    @property
    def taught(self) -> list[Case]:
        return [*self.corrections, *self.mixed]


def _sets(wanted: Wanted) -> _Sets:
    corrections, test = cases_in(wanted.corrections), cases_in(wanted.test)
    patients = len({patient_of(case) for case in test})
    if patients < wanted.least:
        raise UsageError("training.few_tested", count=patients, least=wanted.least)
    require_apart(test, corrections, wanted.model)
    judged: list[tuple[str, Sequence[Case]]] = [("test", test)]
    mixed: list[Case] = []
    if wanted.lgg:
        lgg = cases_in(wanted.lgg)
        kept = set(sorted({patient_of(case) for case in lgg})[::_KEPT])
        mixed = [case for case in lgg if patient_of(case) not in kept]
        judged.append(("lgg", [case for case in lgg if patient_of(case) in kept]))
    if not corrections:
        raise InputError("reading.labelled.empty", name=wanted.corrections.name, cases=CASES)
    return _Sets(corrections, mixed, tuple(judged))


def _new_plan(wanted: Wanted, plan: Plan, config: TrainConfig) -> Plan:
    """The old plan under a version of its own, without promises about the old weights."""
    learned = sha256((wanted.corrections / CASES).read_bytes()).hexdigest()[:8]
    version = f"{plan.version}+{learned}"
    promises = {"miss_curve": (), "miss_patients": 0, "widening": None, "margins": None}
    return replace(plan, version=version, classes=config.network.classes, **promises)


def _write(
    model: Path,
    sets: _Sets,
    config: TrainConfig,
    weights: Path,
    plan: Plan,
    card: str,
    made: Path,
) -> None:
    reference, patients = model / REFERENCE, model / PATIENTS
    known = TrainingPatients.load(patients) if patients.is_file() else None
    write_bundle(
        made,
        config,
        [weights],
        plan,
        card,
        _sample(sets.corrections, plan),
        TrainingAppearance.load(reference) if reference.is_file() else None,
        _with(known, sets.corrections),
    )


def _sample(cases: Sequence[Case], plan: Plan) -> np.ndarray:
    found: list[np.ndarray] = []
    for case in cases[:_PARITY_CASES]:
        prepared = prepare(study_of(case), plan)
        middle = len(prepared.planes) // 2
        found.append(prepared.batch(middle, middle + 1))
    return np.concatenate(found)


def _with(known: TrainingPatients | None, cases: Sequence[Case]) -> TrainingPatients:
    """Those whom the old model had learned from, and those of the corrections."""
    names = {name_hash(patient_of(case)) for case in cases}
    volumes = {volume_hash(study_of(case)) for case in cases}
    if known:
        names, volumes = names | known.names, volumes | known.volumes
    return TrainingPatients(frozenset(names), frozenset(volumes))


def _card(wanted: Wanted, sets: _Sets, old: Model, plan: Plan, frozen: str) -> str:
    mixed = f", mixed with {len(sets.mixed)} of the LGG set" if sets.mixed else ""
    told = _CARD.format(
        version=plan.version,
        name=old.info.name,
        old=old.info.version,
        studies=len(sets.corrections),
        patients=len({patient_of(case) for case in sets.corrections}),
        mixed=mixed,
        tested=len({patient_of(case) for case in dict(sets.judged)["test"]}),
        frozen=frozen,
    )
    if plan.classes:
        told += _CARD_CLASSES.format(classes=", ".join(plan.classes))
    return (wanted.model / CARD).read_text(encoding="utf-8") + told


def _report(
    wanted: Wanted,
    sets: _Sets,
    old: Model,
    version: str,
    frozen: str,
    verdicts: Sequence[Verdict],
    falls: Sequence[Message],
) -> None:
    document = {
        "schema": SCHEMA,
        "released": not falls,
        "why": [str(said) for said in falls],
        "old": {"version": old.info.version, "sha256": old.info.sha256},
        "new": {"version": version},
        "corrections": len(sets.corrections),
        "mixed": len(sets.mixed),
        "test_sha256": frozen,
        "verdicts": [verdict.to_dict() for verdict in verdicts],
    }
    atomic_json(wanted.report, document)
