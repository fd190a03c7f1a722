"""Parts of the body in headers: what is surely no head, in no other words than the part's."""

import pytest
from pydicom import Dataset

from glioscope.reading.dicom.body_part import part_that_is_no_head


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({}, ""),
        ({"BodyPartExamined": "KNEE"}, "knee"),
        ({"BodyPartExamined": "HEAD"}, ""),
        ({"BodyPartExamined": "HEADNECK"}, ""),
        ({"BodyPartExamined": "BREAST", "StudyDescription": "MR brain, mts"}, ""),
        ({"ProtocolName": "L-SPINE t2"}, "spine"),
        ({"SeriesDescription": "t2 flair hippocampus"}, ""),
        ({"SeriesDescription": "computed, temporal resolution"}, ""),
        ({"StudyDescription": "МРТ коленного сустава, Иванов"}, "колен"),
        ({"StudyDescription": "МРТ головного мозга и шеи"}, ""),
    ],
)
def test_parts(values: dict[str, str], part: str) -> None:
    header = Dataset()
    header.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in values.items():
        setattr(header, keyword, value)
    assert part_that_is_no_head(header) == part


def test_the_code_of_a_region_counts() -> None:
    region, header = Dataset(), Dataset()
    region.CodeMeaning = "Knee joint"
    header.AnatomicRegionSequence = [region]
    assert part_that_is_no_head(header) == "knee"
