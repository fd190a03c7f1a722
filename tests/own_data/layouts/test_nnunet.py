"""nnU-Net's raw layout, both versions."""

import json
from pathlib import Path

import numpy as np
import pytest

from glioscope.errors import InputError, MissingSequence
from glioscope.model.bundle import load_model
from glioscope.model.preprocess import prepare
from glioscope.own_data.importing import import_cases
from glioscope.own_data.labels import Labels
from glioscope.own_data.layouts.find import find_cases
from glioscope.own_data.layouts.nnunet import is_nnunet, nnunet_cases
from glioscope.pseudonyms import Pseudonyms
from glioscope.reading.labelled import CASES
from glioscope.study import Channel
from glioscope.training.data.cases import cases_in, patient_of, reference_of, study_of
from own_data_sets import case, classes, write_nnunet


@pytest.mark.parametrize("version", [1, 2])
def test_channels_are_known_by_their_names_and_labels_too(tmp_path, version) -> None:
    folder = write_nnunet(tmp_path, range(2), version=version)
    assert is_nnunet(folder)
    cases = nnunet_cases(folder)
    assert [one.name for one in cases] == ["case0", "case1"]
    assert [one.patient for one in cases] == ["case0", "case1"]
    study, truth = case(1)
    read = cases[1].study()
    for channel in Channel:
        assert np.array_equal(read.images[channel].array, study.images[channel].array)
    outline = cases[1].outline(read)
    assert np.array_equal(outline.values, classes(truth))
    assert outline.names == {1: "edema", 2: "core"}


def test_a_set_without_flair_says_what_it_has(tmp_path) -> None:
    folder = write_nnunet(tmp_path, range(1))
    (folder / "dataset.json").write_text(json.dumps({"channel_names": {"0": "T2", "1": "T1"}}))
    with pytest.raises(MissingSequence, match="found T2; T1"):
        nnunet_cases(folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"labels": 3}'])
def test_a_damaged_list_is_told(tmp_path, text) -> None:
    folder = write_nnunet(tmp_path, range(1))
    (folder / "dataset.json").write_text(text)
    with pytest.raises(InputError, match=r"dataset\.json cannot be understood"):
        nnunet_cases(folder)


def test_no_outline_is_no_case(tmp_path) -> None:
    folder = write_nnunet(tmp_path, range(1))
    (folder / "labelsTr" / "case0.nii.gz").unlink()
    with pytest.raises(InputError, match="no case with an outline"):
        nnunet_cases(folder)


def test_real_cases_that_went_through_it_are_prepared_to_the_same_arrays(
    lgg_root: Path, tmp_path: Path
) -> None:
    names = Pseudonyms(tmp_path)
    lgg = cases_in(lgg_root)[:2]
    few = tmp_path / "few"
    few.mkdir()
    for one in lgg:
        assert isinstance(one, Path)
        (few / one.name).symlink_to(one, target_is_directory=True)
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
