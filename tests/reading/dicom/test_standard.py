"""What keeps the form of the standard, and what does not."""

import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from glioscope.reading.dicom.standard import broken, is_date, is_time, is_uid
from glioscope.reading.quiet import quietly


def _header(keyword: str, value: object) -> Dataset:
    header = Dataset()
    with quietly():
        tag = tag_for_keyword(keyword)
        header[tag] = DataElement(tag, dictionary_VR(keyword), value, validation_mode=0)
    return header


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientName", "Иванова^Мария"),
        ("PatientName", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("PatientName", ""),
        ("PatientID", "И" * 64),
        ("PatientSex", "O"),
        ("PatientAge", "045Y"),
        ("PatientBirthDate", "19240229"),
        ("StudyTime", "1423"),
        ("DeidentificationMethod", ["one", "two"]),
    ],
)
def test_sound_values_pass(keyword: str, value: object) -> None:
    assert broken(_header(keyword, value)) == ()


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientName", "a=b=c=d"),
        ("PatientName", ["a", "b"]),
        ("PatientID", "P\n1"),
        ("PatientID", ["P1", "P2"]),
        ("PatientSex", "m"),
        ("PatientAge", "45"),
        ("PatientBirthDate", "20230229"),
        ("StudyDate", "2024.01.31"),
        ("StudyTime", "14:23"),
        ("AccessionNumber", "1" * 17),
    ],
)
def test_broken_values_are_named(keyword: str, value: object) -> None:
    assert broken(_header(keyword, value)) == (keyword,)


def test_dates_times_and_uids() -> None:
    assert is_date("20240229")
    assert not is_date("20241301")
    assert is_time("235960.123456")
    assert not is_time("240000")
    assert is_uid("1.2.0.3")
    assert not any(map(is_uid, ("", "1", "1.02", "1.2.", "1.2.x", "1." + "2" * 63)))
