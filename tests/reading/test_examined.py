"""Whose a study is and of which day, from headers, a report, or the name of a case."""

from dataclasses import replace
from pathlib import Path

from dicom_studies import FLAIR, lesion, through_dicom, write_phantom
from glioscope.reading.dicom.study import read_dicom
from glioscope.reading.examined import (
    UNKNOWN,
    Examined,
    examined_in_folder,
    examined_in_study,
)
from glioscope.reading.quiet import quietly
from glioscope.writing.dicom.sr.report import write_sr
from glioscope.writing.dicom.target import dicom_target
from phantoms import analysis_for


def test_headers_and_the_report_made_of_them_say_the_same(tmp_path: Path) -> None:
    analysis = through_dicom(lesion("axial"), tmp_path / "in")
    write_sr(dicom_target(analysis), tmp_path / "sr.dcm")
    assert examined_in_study(analysis.study) == Examined("p1", "20240102")
    assert examined_in_folder(tmp_path, "dicom-0") == Examined("p1", "20240102")


def test_what_is_empty_or_broken_is_not_known(tmp_path: Path) -> None:
    tags = replace(FLAIR, patient_id="", date="20241301")
    with quietly():
        write_phantom(lesion("axial"), tmp_path, tags)
    assert examined_in_study(read_dicom(tmp_path)) == UNKNOWN


def test_names_of_tcga_cases_and_no_others_tell(tmp_path: Path) -> None:
    told = Examined("TCGA_CS_4941", "19960909")
    assert examined_in_folder(tmp_path, "TCGA_CS_4941_19960909") == told
    assert examined_in_folder(tmp_path, "patient_20240101") == UNKNOWN
    assert examined_in_study(analysis_for(lesion("axial")).study) == UNKNOWN


def test_nobody_is_named_where_it_is_printed() -> None:
    assert "P1" not in repr(Examined("P1", "20240102"))
