# pyright: basic
# It speaks with Keras, which carries no types.
"""A training that begins with the network of a bundle, on patients whom that has not learned from.

Its normalisations stay as they are (`rebuild`), so that a short training with small steps suffices.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from glioscope.errors import LeakError
from glioscope.evaluation.splits.folds import Folds
from glioscope.files import atomic_text
from glioscope.model.bundle import PATIENTS, WEIGHTS, load_model
from glioscope.model.training_patients import TrainingPatients
from glioscope.training.config import Start, TrainConfig
from glioscope.training.data.cases import patient_of, study_of
from glioscope.training.folds.cross_validation import fold_cases
from glioscope.training.loop.fit import Begin
from glioscope.training.update.rebuild import rebuild
from glioscope.training.update.tune import config_for

# Of the hash of the weights, in the name of a file.
_DIGITS = 12


@dataclass(frozen=True)
class Beginning:
    """A bundle's network, as a training begins with it.

    Attributes:
        config: the preset for this network, which names it as its `start`.
        begin: gives a fresh network the weights.
        patients: whom it has learned from; None where the bundle does not tell.
    """

    config: TrainConfig
    begin: Begin
    patients: TrainingPatients | None


def begin_with(bundle: Path, preset: TrainConfig) -> Beginning:
    """Rebuild a bundle's network; its shape and side take the place of the preset's.

    Raises:
        ModelError: the bundle cannot be loaded, or its network not be rebuilt.
    """
    model, content = load_model(bundle), (bundle / WEIGHTS).read_bytes()
    rebuilt = rebuild(content, model.plan)
    start = Start(model.info.name, model.info.version, model.info.sha256)
    config = replace(config_for(preset, rebuilt, model.plan), start=start)
    path = bundle / PATIENTS
    known = TrainingPatients.load(path) if path.is_file() else None
    return Beginning(config, rebuilt.put_into, known)


def require_unknown(
    beginning: Beginning, root: Path, folds: Folds, part: int | Literal["all"] | None
) -> None:
    """Nobody whom the training will be judged by has taught the network that it begins with.

    Raises:
        LeakError: one has.
        InputError: a case of the folds is not under `root`.
    """
    known = beginning.patients
    if known is None or part is None:
        return
    every, held_out = fold_cases(root, folds, None if part == "all" else part)
    judged = every if part == "all" else held_out
    count = sum(known.knows(patient_of(case), study_of(case)) for case in judged)
    if count:
        name = beginning.config.start.name if beginning.config.start else ""
        raise LeakError("training.start_leak", count=count, name=name)


def keep_patients(beginning: Beginning, run: Path) -> None:
    """Write down in the run folder whom the network has learned from before."""
    if beginning.patients and beginning.config.start:
        run.mkdir(parents=True, exist_ok=True)
        atomic_text(run / _patients_of(beginning.config.start), beginning.patients.to_json())


def patients_before(config: TrainConfig, run: Path) -> TrainingPatients:
    """Whom the network of a run had learned from when the run began; nobody where by chance.

    Raises:
        ModelError: what was written down cannot be read.
    """
    path = run / _patients_of(config.start) if config.start else None
    if path is None or not path.is_file():
        return TrainingPatients(frozenset(), frozenset())
    return TrainingPatients.load(path)


def _patients_of(start: Start) -> str:
    return f"patients-{start.sha256[:_DIGITS]}.json"
