"""Real cases that went through nnU-Net's raw layout train as the pictures themselves do."""

from pathlib import Path

import numpy as np
import pytest

from glioscope.model.bundle import load_model
from glioscope.model.preprocess import prepare
from glioscope.own_data.importing import import_cases
from glioscope.own_data.labels import Labels
from glioscope.own_data.layouts.find import find_cases
from glioscope.pseudonyms import Pseudonyms
from glioscope.reading.labelled import CASES
from glioscope.training.data.cases import cases_in, patient_of, reference_of, study_of


def test_they_are_prepared_to_the_same_arrays(
    lgg_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Pseudonyms(tmp_path)
    lgg = cases_in(lgg_root)[:2]
    few = tmp_path / "few"
    few.mkdir()
    for case in lgg:
        assert isinstance(case, Path)
        (few / case.name).symlink_to(case, target_is_directory=True)
    written, back = tmp_path / "nnunet", tmp_path / "back"
    import_cases(find_cases(few, names), written, Labels())
    # Without our own table it is any group's nnU-Net set.
    (written / CASES).unlink()
    import_cases(find_cases(written, names), back, Labels())
    plan = load_model().plan
    for ours, theirs in zip(lgg, cases_in(back), strict=True):
        assert patient_of(theirs) in ours.name
        one, other = (prepare(study_of(case), plan) for case in (ours, theirs))
        assert np.array_equal(one.planes, other.planes)
        assert np.array_equal(reference_of(ours).array, reference_of(theirs).array)
