"""The list of the shipped bundle is that of the public set."""

import os
from pathlib import Path

import pytest

from glioscope.model.bundle import PATIENTS, shipped_model
from glioscope.model.training_patients import TrainingPatients
from glioscope.reading.lgg import list_cases
from glioscope.training.export.patients import patients_of


@pytest.mark.skipif("GLIOSCOPE_LGG" not in os.environ, reason="GLIOSCOPE_LGG is not set")
def test_the_shipped_list_is_made_of_the_public_set() -> None:
    cases = list_cases(Path(os.environ["GLIOSCOPE_LGG"]))
    known = TrainingPatients.load(shipped_model() / PATIENTS)
    some = patients_of(cases[::30])
    assert len(cases) == 90
    assert some.names <= known.names
    assert some.volumes <= known.volumes
