from dataclasses import replace

import pytest
from pydicom import Dataset

from glioscope.errors import UsageError
from glioscope.study import Channel, SeriesRef, Source
from glioscope.writing.report.identity import identity_of
from glioscope.writing.wording import wording
from phantoms import box_mask, grid_of, study_for


def study(**header):
    """A study read from DICOM with these attributes."""
    scanned = Dataset()
    for name, value in header.items():
        setattr(scanned, name, value)
    plain = study_for(box_mask(grid_of("axial"), (4, 4, 4), (8, 8, 8)))
    series = {Channel.FLAIR: SeriesRef("1.2.3", (scanned,), ())}
    return replace(plain, source=Source("dicom", series=series))


def test_what_the_headers_hold_is_shown_as_the_language_writes_it():
    scanned = study(
        PatientName="Щукина-Ёлкина^Анна^Петровна",
        PatientID="П-17",
        PatientBirthDate="19610314",
        PatientSex="F",
        AccessionNumber="",
    )
    russian = dict(identity_of(scanned, wording("ru")))
    assert russian == {
        "name": "Щукина-Ёлкина Анна Петровна",
        "id": "П-17",
        "birth": "14.03.1961",
        "sex": "женский",
    }
    english = dict(identity_of(scanned, wording("en")))
    assert (english["birth"], english["sex"]) == ("1961-03-14", "female")


def test_of_a_name_in_several_scripts_the_first_is_shown():
    name = dict(identity_of(study(PatientName="=山田^太郎=やまだ^たろう"), wording("ru")))["name"]
    assert name == "山田 太郎"


def test_odd_values_are_shown_as_they_came():
    odd = dict(
        identity_of(study(PatientBirthDate="", PatientSex="X", PatientID=" 7 "), wording("en"))
    )
    assert odd == {"id": "7", "sex": "X"}


def test_what_is_not_dicom_names_nobody():
    plain = study_for(box_mask(grid_of("axial"), (4, 4, 4), (8, 8, 8)))
    with pytest.raises(UsageError, match="--with-identity"):
        identity_of(plain, wording("en"))
