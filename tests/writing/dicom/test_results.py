"""What stands in the folder of a DICOM study, and the pictures and PDF among it."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pydicom
import pytest

from dicom_studies import FLAIR, through_dicom, two_lesions
from dicom_tools import check_with_dciodvfy
from glioscope.analysis import Analysis
from glioscope.model.preprocess import to_pictures
from glioscope.study import Channel
from glioscope.volume import Mask
from glioscope.writing.dicom import source
from glioscope.writing.dicom.results import NO_EXTRAS, DicomExtras, write_dicom_results
from glioscope.writing.dicom.secondary_capture import write_overlays
from glioscope.writing.dicom.seg import write_probability_seg, write_seg
from glioscope.writing.dicom.sr.report import write_sr
from glioscope.writing.dicom.target import dicom_target
from glioscope.writing.slice_pictures import OUTLINE
from glioscope.writing.study_folder import write_study
from phantoms import analysis_for, with_bounds

EVERYTHING = DicomExtras(
    fractional_seg=True, key_images=True, secondary_capture=True, encapsulated_pdf=True
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return through_dicom(two_lesions("sagittal"), tmp_path_factory.mktemp("in"))


@pytest.fixture(scope="module")
def written(found: Analysis, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_study(found, tmp_path_factory.mktemp("out"), lang="ru", dicom=EVERYTHING)


def test_segmentation_and_report_stand_there_unasked(found: Analysis, tmp_path: Path) -> None:
    files = write_study(found, tmp_path, lang="en")
    assert {"seg.dcm", "sr.dcm"} <= set(files)
    assert not {"probability_seg.dcm", "key_images.dcm", "overlays", "report.dcm"} & set(files)
    assert all(path.exists() for path in files.values())


def test_without_a_lesion_there_is_the_report_alone(found: Analysis, tmp_path: Path) -> None:
    empty = Mask(np.zeros_like(found.mask.array), found.mask.grid)
    files = write_study(analysis_for(empty, study=found.study), tmp_path, lang="en")
    assert "sr.dcm" in files
    assert "seg.dcm" not in files
    assert not (tmp_path / found.study.study_id / "seg.dcm").exists()


def test_a_study_of_another_kind_has_no_dicom(tmp_path: Path) -> None:
    files = write_study(analysis_for(two_lesions("axial")), tmp_path, lang="en", dicom=NO_EXTRAS)
    assert not [name for name in files if name.endswith(".dcm")]


def test_all_results_are_one_study_with_series_of_their_own(written: dict[str, Path]) -> None:
    datasets = [pydicom.dcmread(path) for path in _dicom_files(written)]
    assert {d.StudyInstanceUID for d in datasets} == {FLAIR.study_uid}
    assert {d.PatientID for d in datasets} == {"P1"}
    assert {str(d.PatientName) for d in datasets} == {"Иванова^Мария"}
    assert all("research only" in d.SeriesDescription for d in datasets)
    assert len({d.SOPInstanceUID for d in datasets}) == len(datasets)
    series = {d.SeriesInstanceUID: d.SeriesNumber for d in datasets}
    assert sorted(series.values()) == [9901, 9902, 9903, 9904, 9905, 9906]


def test_the_source_is_checked_and_the_voxels_are_hashed_once_for_all_results(
    found: Analysis, written: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many lesions and kinds of result there are; voxels are hashed with the figures."""
    calls: Counter[str] = Counter()
    spied = ((source, "_require_same_places"), (source, "_plain"), (Analysis, "to_dict"))
    for owner, name in spied:
        monkeypatch.setattr(owner, name, counted(calls, name, getattr(owner, name)))
    write_dicom_results(found, written["report.pdf"].parent, EVERYTHING)
    instances = len(found.study.source.series[Channel.FLAIR].headers)
    assert calls == {"_require_same_places": 1, "_plain": instances, "to_dict": 1}


def test_a_result_leaves_nothing_of_the_patient_in_the_sources_of_the_next(
    found: Analysis, tmp_path: Path
) -> None:
    target = dicom_target(found)
    before = [str(one) for one in target.sources]
    for write in (write_sr, write_seg, write_probability_seg, write_overlays):
        write(target, tmp_path / write.__name__)
    assert [str(one) for one in target.sources] == before
    assert "Иванова" not in "".join(before)


def counted(
    calls: Counter[str], name: str, function: Callable[..., object]
) -> Callable[..., object]:
    def count(*given: object, **named: object) -> object:
        calls[name] += 1
        return function(*given, **named)

    return count


def test_no_file_is_named_for_the_patient(written: dict[str, Path]) -> None:
    folder = written["sr.dcm"].parent
    names = [path.relative_to(folder.parent).as_posix() for path in folder.rglob("*")]
    assert not [n for n in names if "Иванова" in n or "P1" in n]


def test_pseudonymous_results_hold_nothing_of_the_patient(found: Analysis, tmp_path: Path) -> None:
    """No attribute of the source that could name somebody, in any file, in any encoding."""
    scanned = {
        "PatientName": "Иванова^Мария",
        "PatientID": "P-4711",
        "PatientBirthDate": "19610314",
        "AccessionNumber": "A-0815",
        "ReferringPhysicianName": "Петрова^Анна",
        "StudyDescription": "Иванова контроль",
        "StudyDate": "20240102",
        "SeriesDate": "20240103",
        "StudyID": "S-99",
    }
    reference = found.study.source.series[Channel.FLAIR]
    headers = tuple(deepcopy(header) for header in reference.headers)
    for header in headers:
        for keyword, value in scanned.items():
            setattr(header, keyword, value)
    series = {Channel.FLAIR: replace(reference, headers=headers)}
    source = replace(found.study.source, series=series, scanned=date(2024, 1, 2))
    study = replace(found.study, source=source)
    identified = replace(found, study=study)
    extras = replace(EVERYTHING, pseudonymous=True)
    files = write_study(identified, tmp_path / "out", lang="ru", dicom=extras)
    for path in _dicom_files(files):
        content = path.read_bytes()
        assert not [v for v in scanned.values() if v.encode() in content], path.name
        dataset = pydicom.dcmread(path)
        assert dataset.PatientID == str(dataset.PatientName) == study.study_id
        assert dataset.PatientIdentityRemoved == "YES"
        assert dataset.StudyInstanceUID == FLAIR.study_uid
    assert "02.01.2024" not in files["report.html"].read_text("utf-8")
    for name in ("seg.dcm", "sr.dcm"):
        check_with_dciodvfy(files[name])
    # The control: without it they are all there.
    write_dicom_results(identified, files["sr.dcm"].parent, NO_EXTRAS)
    content = files["sr.dcm"].read_bytes()
    assert all(value.encode() in content for value in scanned.values())
    named = write_study(identified, tmp_path / "named", lang="ru")
    assert "02.01.2024" in named["report.html"].read_text("utf-8")


def test_a_page_that_names_the_patient_says_so(found: Analysis, tmp_path: Path) -> None:
    for named, said in ((True, "YES"), (False, "NO")):
        extras = DicomExtras(encapsulated_pdf=True)
        out = tmp_path / said
        files = write_study(found, out, lang="ru", dicom=extras, with_identity=named)
        assert pydicom.dcmread(files["report.dcm"]).BurnedInAnnotation == said


def test_dciodvfy_finds_no_error(written: dict[str, Path]) -> None:
    for path in _dicom_files(written)[:6]:
        check_with_dciodvfy(path)


def test_twice_the_same_bytes(found: Analysis, written: dict[str, Path], tmp_path: Path) -> None:
    again = write_study(found, tmp_path, lang="ru", dicom=EVERYTHING)
    pairs = zip(_dicom_files(written), _dicom_files(again), strict=True)
    assert all(a.read_bytes() == b.read_bytes() for a, b in pairs)


def _dicom_files(files: dict[str, Path]) -> list[Path]:
    single = [path for name, path in sorted(files.items()) if name.endswith(".dcm")]
    return [*single, *sorted(files["overlays"].iterdir())]


def test_overlays_show_the_outline_where_there_is_a_lesion(
    found: Analysis, written: dict[str, Path]
) -> None:
    inside = to_pictures(found.mask.array, found.mask.grid).any(axis=(1, 2))
    paths = sorted(written["overlays"].iterdir())
    assert len(paths) == len(inside)
    for index, path in enumerate(paths):
        dataset = pydicom.dcmread(path)
        assert (dataset.Rows, dataset.Columns, dataset.InstanceNumber) == (552, 512, index + 1)
        assert "PixelSpacing" not in dataset
        outlined = (dataset.pixel_array == OUTLINE).all(axis=-1).any()
        assert outlined == inside[index]


def test_every_overlay_has_the_notice_below(written: dict[str, Path]) -> None:
    strip = pydicom.dcmread(sorted(written["overlays"].iterdir())[0]).pixel_array[512:]
    assert np.count_nonzero(strip.max(axis=-1) > 150) > 500
    assert not (strip[:, :20] > 100).any()
    assert not (strip[:, -20:] > 100).any()


def test_overlays_show_no_line_that_nothing_beside_them_explains(
    found: Analysis, written: dict[str, Path], tmp_path: Path
) -> None:
    bounded = with_bounds(found, found.study.grid.spacing_mm)
    drawn = write_overlays(dicom_target(bounded), tmp_path / "overlays")
    for path, before in zip(drawn, sorted(written["overlays"].iterdir()), strict=True):
        same = pydicom.dcmread(path).pixel_array == pydicom.dcmread(before).pixel_array
        assert same.all()


def test_the_pdf_inside_is_the_report(written: dict[str, Path]) -> None:
    dataset = pydicom.dcmread(written["report.dcm"])
    length = dataset.EncapsulatedDocumentLength
    assert dataset.EncapsulatedDocument[:length] == written["report.pdf"].read_bytes()
    assert dataset.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert "исследований" in dataset.DocumentTitle
