"""Folds that lie in the set and hold for its data alone."""

from dataclasses import replace

import pytest

from glioscope.errors import InputError
from glioscope.evaluation.splits.folds import SPLIT, Folds
from glioscope.own_data.importing import import_cases
from glioscope.own_data.labels import Labels
from glioscope.own_data.layouts.nnunet import nnunet_cases
from glioscope.own_data.split import split_set
from glioscope.training.data.cases import folds_of
from own_data_sets import write_nnunet


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return nnunet_cases(write_nnunet(tmp_path_factory.mktemp("nn"), range(6)))


def test_parts_are_balanced_by_site_and_scanner(found, tmp_path) -> None:
    sites = ("North", "North", "North", "North", "South", "South")
    scanners = ("1.5 T", "3 T") * 3
    cases = [
        replace(one, site=site, scanner=scanner)
        for one, site, scanner in zip(found, sites, scanners, strict=True)
    ]
    import_cases(cases, tmp_path / "set", Labels())
    made = split_set(tmp_path / "set", 2)
    for part in made.parts:
        assert sorted(c.site for c in part) == ["North", "North", "South"]
    assert Folds.load(tmp_path / "set" / SPLIT) == made == folds_of(tmp_path / "set")
    by_site = split_set(tmp_path / "set", by_site=True)
    assert [{c.site for c in part} for part in by_site.parts] == [{"North"}, {"South"}]


def test_folds_of_other_data_are_refused(found, tmp_path) -> None:
    import_cases(found[:4], tmp_path / "set", Labels())
    split_set(tmp_path / "set", 2)
    label = tmp_path / "set" / "labelsTr" / "case0.nii.gz"
    label.write_bytes((tmp_path / "set" / "labelsTr" / "case1.nii.gz").read_bytes())
    with pytest.raises(InputError, match="run `glioscope data split` again"):
        folds_of(tmp_path / "set")


def test_visits_of_one_patient_stay_together(found, tmp_path) -> None:
    cases = [replace(one, patient=f"p{at // 2}") for at, one in enumerate(found)]
    import_cases(cases, tmp_path / "set", Labels())
    for part in split_set(tmp_path / "set", 3).parts:
        assert len({c.patient for c in part}) == 1 and len(part) == 2
