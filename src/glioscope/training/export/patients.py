"""Hashes of the patients that a model was trained on, for its bundle."""

from collections.abc import Sequence

from glioscope.model.training_patients import TrainingPatients, name_hash, volume_hash
from glioscope.training.data.cases import Case, patient_of, study_of


def patients_of(cases: Sequence[Case]) -> TrainingPatients:
    """Those of the cases of a set."""
    names = frozenset(name_hash(patient_of(case)) for case in cases)
    return TrainingPatients(names, frozenset(volume_hash(study_of(case)) for case in cases))
