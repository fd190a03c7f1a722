"""When and how a study was scanned, as its headers tell, in whatever state they are."""

from datetime import date, datetime
from io import BytesIO

import pytest
from pydicom import Dataset

from glioscope.reading.dicom.files import DicomFile
from glioscope.reading.dicom.headers import acquisition_of, frames_of, scanned_at
from glioscope.study import Acquisition


def file(**values) -> DicomFile:
    header = Dataset()
    for name, value in ({"Rows": 4, "Columns": 4} | values).items():
        setattr(header, name, value)
    return DicomFile("one.dcm", header, BytesIO)


@pytest.mark.parametrize(
    ("day", "hour", "when"),
    [
        ("20240102", "101530.25", datetime(2024, 1, 2, 10, 15)),
        ("20240102", "", date(2024, 1, 2)),
        ("20240102", "10", date(2024, 1, 2)),
        ("", "101530", None),
        ("0000", "101530", None),
        ("20241341", "", None),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_the_day_and_where_known_the_hour(day, hour, when):
    assert scanned_at(file(StudyDate=day, StudyTime=hour)) == when


def test_a_header_without_a_date_tells_none():
    assert scanned_at(file()) is None


def test_parameters_are_those_of_the_header():
    (frame,) = frames_of(
        file(
            RepetitionTime=9000,
            EchoTime=120,
            InversionTime=2500,
            SliceThickness=5,
            MagneticFieldStrength=1.5,
        )
    )
    assert acquisition_of(frame) == Acquisition(9000, 120, 2500, 5, 1.5)
    assert acquisition_of(*frames_of(file())) == Acquisition()


@pytest.mark.parametrize(("said", "tesla"), [(15000, 1.5), (3, 3), (0, None), (-1, None)])
def test_gauss_and_nothing_known(said, tesla):
    (frame,) = frames_of(file(MagneticFieldStrength=said))
    assert acquisition_of(frame).field_tesla == tesla
