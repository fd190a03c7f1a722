"""The hospital's test set: it never changes, and its patients teach nothing."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from glioscope.errors import InputError, LeakError
from glioscope.files import atomic_json
from glioscope.model.bundle import PATIENTS
from glioscope.model.training_patients import TrainingPatients, volume_hash
from glioscope.reading.labelled import data_hash
from glioscope.training.data.cases import Case, patient_of, study_of

FROZEN = "frozen.json"
SCHEMA = "glioscope.frozen/1"
# A comparison on fewer patients can hardly show that nothing has fallen.
LEAST = 10


def freeze(root: Path) -> str:
    """The hash of a test set's images and outlines; written down the first time, held to later.

    Raises:
        InputError: the set is not the one that was frozen, or what was written is damaged.
    """
    digest = data_hash(root)
    path = root / FROZEN
    if not path.exists():
        atomic_json(path, {"schema": SCHEMA, "sha256": digest})
        return digest
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        kept = document["sha256"] if document["schema"] == SCHEMA else None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("training.frozen_damaged", name=root.name, file=FROZEN) from error
    if kept != digest:
        raise InputError("training.frozen_changed", name=root.name, file=FROZEN)
    return digest


def require_apart(tested: Sequence[Case], taught: Iterable[Case], model: Path) -> None:
    """No patient, and no picture under another name, is both learned from and tested on.

    Raises:
        LeakError: one is, or the model in use has learned from one that is tested on.
    """
    patients, volumes = _known(tested)
    others, shown = _known(taught)
    shared = len(patients & others) or len(volumes & shown)
    if shared:
        raise LeakError("training.update_leak", count=shared)
    if (model / PATIENTS).is_file():
        known = TrainingPatients.load(model / PATIENTS)
        learned = sum(known.knows(patient_of(case), study_of(case)) for case in tested)
        if learned:
            raise LeakError("training.model_leak", count=learned)


def _known(cases: Iterable[Case]) -> tuple[set[str], set[str]]:
    pairs = [(patient_of(case), volume_hash(study_of(case))) for case in cases]
    return {patient for patient, _ in pairs}, {volume for _, volume in pairs}
