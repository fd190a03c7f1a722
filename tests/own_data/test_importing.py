"""Cases become a set, whole or not at all."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from glioscope.errors import GridMismatch, InputError, UsageError
from glioscope.own_data.candidate import Candidate, Outline
from glioscope.own_data.importing import import_cases, with_table
from glioscope.own_data.labels import Labels
from glioscope.own_data.layouts.nnunet import nnunet_cases
from glioscope.reading.labelled import list_labelled
from glioscope.study import Channel
from glioscope.volume import Grid
from own_data_sets import case, classes, write_nnunet


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> list[Candidate]:
    return nnunet_cases(write_nnunet(tmp_path_factory.mktemp("nn"), range(2)))


def test_a_case_is_read_back_as_it_was_given(cases, tmp_path) -> None:
    done = import_cases(cases, tmp_path / "set", Labels())
    assert (done.cases, done.patients, done.faults) == (2, 2, ())
    _, second = list_labelled(tmp_path / "set")
    study, truth = case(1)
    for channel in Channel:
        assert np.array_equal(second.study().images[channel].array, study.images[channel].array)
    assert np.array_equal(second.reference().array, truth.array)


@pytest.mark.parametrize("text", ["2", "core", " CORE ", "core,2"])
def test_labels_are_chosen_by_value_or_name(cases, tmp_path, text) -> None:
    import_cases(cases, tmp_path / "set", Labels.parse(text))
    first, _ = list_labelled(tmp_path / "set")
    assert np.array_equal(first.reference().array, classes(case(0)[1]) == 2)


def test_a_label_that_nobody_knows_is_refused_and_nothing_is_written(cases, tmp_path) -> None:
    with pytest.raises(InputError, match="there are: core; edema"):
        import_cases(cases, tmp_path / "set", Labels.parse("stroma"))
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("text", ["", " , ", "0", "1,0"])
def test_labels_that_cannot_be_are_refused(text) -> None:
    with pytest.raises(UsageError):
        Labels.parse(text)


def broken(one: Candidate) -> Candidate:
    def outline(study):
        raise InputError("own_data.empty", name="broken", expected="x")

    return replace(one, outline=outline)


def test_a_fault_stops_all_unless_it_is_left_out(cases, tmp_path) -> None:
    both = [broken(cases[0]), cases[1]]
    with pytest.raises(InputError, match="1 cases have faults"):
        import_cases(both, tmp_path / "set", Labels())
    assert not (tmp_path / "set").exists()
    done = import_cases(both, tmp_path / "set", Labels(), leave_out=True)
    assert (done.cases, len(done.faults)) == (1, 1)
    assert [one.name for one in list_labelled(tmp_path / "set")] == ["case1"]
    with pytest.raises(InputError, match="1 cases have faults"):
        import_cases(both[:1], tmp_path / "other", Labels(), leave_out=True)


def test_an_older_set_is_replaced_when_asked_and_other_folders_never(cases, tmp_path) -> None:
    import_cases(cases, tmp_path / "set", Labels())
    with pytest.raises(UsageError, match="not empty"):
        import_cases(cases[:1], tmp_path / "set", Labels())
    import_cases(cases[:1], tmp_path / "set", Labels(), overwrite=True)
    assert len(list_labelled(tmp_path / "set")) == 1
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        import_cases(cases, tmp_path / "notes", Labels(), overwrite=True)


@pytest.mark.parametrize("names", [("same", "SAME"), ("a b", "c"), ("../up", "c"), ("", "c")])
def test_names_are_file_names_that_differ(cases, tmp_path, names) -> None:
    named = [replace(one, name=name) for one, name in zip(cases, names, strict=True)]
    with pytest.raises(UsageError):
        import_cases(named, tmp_path / "set", Labels())


def test_an_outline_on_another_grid_is_brought_over_or_refused(cases, tmp_path) -> None:
    study, truth = case(0)
    finer = np.repeat(truth.array.astype(np.int32), 2, axis=0)
    affine = truth.grid.affine.copy()
    affine[:3, 0] /= 2
    affine[:3, 3] -= affine[:3, 0] / 2
    near = Outline(finer, Grid(finer.shape, affine))
    assert np.array_equal(near.on(study).values, truth.array)
    away = affine.copy()
    away[:3, 3] += 5000.0
    with pytest.raises(GridMismatch, match="does not lie on the pictures"):
        Outline(finer, Grid(finer.shape, away)).on(study)


def test_a_table_says_who_and_where(cases, tmp_path) -> None:
    table = tmp_path / "about.csv"
    table.write_text("case,patient,site,scanner\ncase0,anna,North,3 T\ncase1,anna,,\n")
    import_cases(with_table(cases, table), tmp_path / "set", Labels())
    with (tmp_path / "set" / "cases.csv").open(newline="") as file:
        rows = [(r["patient"], r["site"], r["scanner"], r["outline"]) for r in csv.DictReader(file)]
    assert rows == [("anna", "North", "3 T", "given"), ("anna", "", "", "given")]
    table.write_text("case,patient\nsomebody,anna\n")
    with pytest.raises(InputError, match="speaks of somebody"):
        with_table(cases, table)
    table.write_text("name,patient\nsomebody,anna\n")
    with pytest.raises(InputError, match=r"about\.csv cannot be understood"):
        with_table(cases, table)
