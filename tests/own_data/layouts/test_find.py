"""Which layout a source has."""

import pytest

from glioscope.errors import InputError, UsageError
from glioscope.own_data.importing import import_cases
from glioscope.own_data.labels import Labels
from glioscope.own_data.layouts.find import find_cases
from glioscope.pseudonyms import KEY, Pseudonyms
from lgg_folder import head_stack, write_case
from own_data_sets import write_nnunet


def test_lgg_pictures_keep_their_patients_and_sites(tmp_path) -> None:
    write_case(tmp_path / "set", "TCGA_DU_0001_20000101", *head_stack())
    [one] = find_cases(tmp_path / "set", Pseudonyms(tmp_path))
    assert (one.patient, one.site) == ("TCGA_DU_0001", "DU")
    study = one.study()
    assert one.outline(study).values.any() and study.grid.nominal
    [one] = find_cases(tmp_path / "set", Pseudonyms(tmp_path), spacing=(1.0, 1.0, 5.0))
    assert one.outline(one.study()).grid.spacing_mm == (1.0, 1.0, 5.0)


def test_a_set_of_ours_is_taken_as_it_is(tmp_path) -> None:
    names = Pseudonyms(tmp_path)
    first = find_cases(write_nnunet(tmp_path / "nn", range(2)), names)
    import_cases(first, tmp_path / "set", Labels())
    again = find_cases(tmp_path / "set", names)
    assert [one.name for one in again] == ["case0", "case1"]
    assert not (tmp_path / KEY).exists(), "nobody needed a pseudonym"


def test_what_has_spacing_is_given_none(tmp_path) -> None:
    folder = write_nnunet(tmp_path / "nn", range(1))
    with pytest.raises(UsageError):
        find_cases(folder, Pseudonyms(tmp_path), spacing=(1.0, 1.0, 1.0))


def test_what_is_no_layout_says_which_there_are(tmp_path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("nothing")
    with pytest.raises(InputError, match="nnU-Net, BIDS"):
        find_cases(tmp_path / "notes", Pseudonyms(tmp_path))
    with pytest.raises(InputError, match="no such file or folder"):
        find_cases(tmp_path / "nowhere", Pseudonyms(tmp_path))
