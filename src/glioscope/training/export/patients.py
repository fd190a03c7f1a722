"""Hashes of the patients that a model was trained on, for its bundle."""

from pathlib import Path

from glioscope.model.training_patients import TrainingPatients, name_hash, volume_hash
from glioscope.reading.lgg import patient, read_case


def patients_of(cases: list[Path]) -> TrainingPatients:
    """Those of LGG case folders."""
    names = frozenset(name_hash(patient(folder.name)) for folder in cases)
    return TrainingPatients(names, frozenset(volume_hash(read_case(folder)) for folder in cases))
