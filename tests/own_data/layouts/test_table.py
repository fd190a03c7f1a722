"""A CSV that names files."""

import numpy as np
import pytest

from glioscope.errors import InputError
from glioscope.own_data.layouts.table import is_table, table_cases
from glioscope.study import Channel
from own_data_sets import case, write


def files(root) -> None:
    study, truth = case(0)
    write(study.images[Channel.FLAIR].array, study.grid, root / "a_flair.nii.gz")
    write(study.images[Channel.T1GD].array, study.grid, root / "a_ce.nii.gz")
    write(truth.array.astype(np.uint8), truth.grid, root / "outlines" / "a.nii.gz")


def test_files_are_found_from_the_table(tmp_path) -> None:
    files(tmp_path)
    table = tmp_path / "cases.CSV"
    table.write_text(
        "\ufeffcase,patient,site,scanner,flair,t1,t1gd,mask\n"
        "first,anna,North,3 T,a_flair.nii.gz,,a_ce.nii.gz,outlines/a.nii.gz\n"
        ",,,,a_flair.nii.gz,,,outlines/a.nii.gz\n",
        encoding="utf-8",
    )
    assert is_table(table)
    first, second = table_cases(table)
    assert (first.name, first.patient, first.site, first.scanner) == (
        "first", "anna", "North", "3 T",
    )  # fmt: skip
    assert (second.name, second.patient, second.site) == ("a", "a", "")
    assert set(first.study().images) == {Channel.FLAIR, Channel.T1GD}
    assert first.outline(first.study()).values.sum() == case(0)[1].array.sum()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("flair,mask\n", "no case with an outline"),
        ("flair\na.nii.gz\n", "line 2: column mask"),
        ("flair,mask\na.nii.gz,b.nii.gz\n,b.nii.gz\n", "line 3: column flair"),
    ],
)
def test_what_is_missing_is_named_by_its_line(tmp_path, text, said) -> None:
    table = tmp_path / "cases.csv"
    table.write_text(text)
    with pytest.raises(InputError, match=said):
        table_cases(table)


def test_a_table_that_is_no_text_is_told(tmp_path) -> None:
    table = tmp_path / "cases.csv"
    table.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"cases\.csv cannot be understood"):
        table_cases(table)
