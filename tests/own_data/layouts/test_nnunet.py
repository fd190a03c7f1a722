"""nnU-Net's raw layout, both versions."""

import json

import numpy as np
import pytest

from glioscope.errors import InputError, MissingSequence
from glioscope.own_data.layouts.nnunet import is_nnunet, nnunet_cases
from glioscope.study import Channel
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
