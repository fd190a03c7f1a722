"""The profile for Moscow: both of a study's objects, its messages, and a check that can fail."""

import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from functools import partial
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest

from dicom_studies import through_dicom, two_lesions
from dicom_tools import check_with_dciodvfy
from glioscope.study import Channel
from glioscope.texts.catalogue import sentences
from glioscope.texts.message import message
from glioscope.volume import Mask
from glioscope.writing.dicom.mosmed.check import departures
from glioscope.writing.dicom.mosmed.errors import category_of
from glioscope.writing.dicom.mosmed.notify import error_notice, report_notice
from glioscope.writing.dicom.mosmed.registration import Service
from glioscope.writing.dicom.mosmed.report import FIELDS, write_report
from glioscope.writing.dicom.mosmed.results import write_mosmed
from glioscope.writing.dicom.mosmed.series import series_uid, write_series
from glioscope.writing.dicom.mosmed.service import Times
from glioscope.writing.dicom.target import DicomTarget, dicom_target
from glioscope.writing.wording import wording
from phantoms import analysis_for

AT = [datetime(2026, 11, 27, 10, 0, second) for second in range(4)]
TIMES = Times(*AT)
SERVICE = Service(model_id=7)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> DicomTarget:
    return dicom_target(through_dicom(two_lesions("oblique"), tmp_path_factory.mktemp("in")))


@pytest.fixture(scope="module")
def written(target: DicomTarget, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    write_mosmed(target.analysis, folder, TIMES, SERVICE)
    return folder / "mosmed"


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written, tmp_path / "copy")


def test_fields_stand_in_the_fixed_order_and_none_is_empty(folder: Path) -> None:
    report = pydicom.dcmread(folder / "sr.dcm")
    names = [str(one.ConceptNameCodeSequence[0].CodeMeaning) for one in report.ContentSequence]
    assert names == [wording("ru")(f"mosmed.field_{field}") for field in FIELDS]
    assert names[0] == "Модальность"
    assert names[-1] == "Руководство пользователя"
    texts = dict(zip(names, (one.TextValue for one in report.ContentSequence), strict=True))
    assert texts["Дата и время формирования заключения ИИ-сервисом"] == "27.11.2026 10:00:03"
    assert texts["Предупреждение (use)"] == "В исследовательских целях"
    assert report.ConceptNameCodeSequence[0].CodeValue == "18748-4"
    assert max(map(len, names)) <= 64
    check_with_dciodvfy(folder / "sr.dcm", long_words=True)


def test_pictures_have_the_place_and_size_of_their_slices(
    target: DicomTarget, folder: Path
) -> None:
    paths = sorted((folder / "series").iterdir())
    made = [pydicom.dcmread(path) for path in paths]
    assert len({str(one.SeriesInstanceUID) for one in made}) == 1
    assert made[0].SeriesInstanceUID == series_uid(target, SERVICE)
    image = target.analysis.study.images[Channel.FLAIR]
    for index, one in enumerate(made):
        assert (one.Rows, one.Columns) == image.array.shape[1:]
        assert np.allclose(one.ImagePositionPatient, target.places[index])
    assert highdicom.spatial.get_image_coordinate_system(made[0]) is not None
    assert (made[0].Modality, made[0].OperatorsName) == ("ASMT", "AI")
    check_with_dciodvfy(paths[0])


def test_the_outline_lies_on_the_rim_of_the_mask(target: DicomTarget, folder: Path) -> None:
    mask = target.analysis.mask.array
    index = int(mask.sum(axis=(1, 2)).argmax())
    pixels = pydicom.dcmread(folder / "series" / f"{index + 1:04}.dcm").pixel_array.astype(int)
    coloured = np.ptp(pixels, axis=2) > 60
    assert coloured.any()
    assert not (coloured & ~mask[index]).any()


def test_a_normal_study_has_both_too_and_says_so(target: DicomTarget, tmp_path: Path) -> None:
    study = target.analysis.study
    empty = Mask(np.zeros_like(target.analysis.mask.array), target.analysis.mask.grid)
    normal = dicom_target(analysis_for(empty, study=study))
    write_report(normal, SERVICE, TIMES, tmp_path / "sr.dcm")
    write_series(normal, SERVICE, TIMES, tmp_path / "series")
    assert list(departures(tmp_path)) == []
    texts = [one.TextValue for one in pydicom.dcmread(tmp_path / "sr.dcm").ContentSequence]
    assert texts[FIELDS.index("conclusion")] == "Целевая патология не выявлена"
    told = report_notice(normal.analysis, "1.2", "1.2.3", SERVICE, TIMES)
    assert (told["aiResult"]["pathologyFlag"], told["aiResult"]["norma"]) == (False, 1)


def test_the_message_tells_the_result(target: DicomTarget) -> None:
    told = report_notice(target.analysis, "1.2", "1.2.3", SERVICE, TIMES)
    result = told["aiResult"]
    assert told["type"] == "DICOMREPORTNOTIFY"
    assert (result["pathologyFlag"], result["norma"], result["modelId"]) == (True, 0, 7)
    assert 0 <= result["confidenceLevel"] <= 100
    assert result["dateTimeParams"]["processEndDT"] == "2026-11-27T10:00:03"


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("pacs.no_head", "Body part error"),
        ("reading.dicom.no_flair", "Series error"),
        ("reading.choice.several", "Series error"),
        ("reading.geometry.missing", "Incorrect number of images"),
        ("reading.geometry.no_tag", "Tag error"),
        ("reading.pixels.damaged", "Images error"),
        ("pipeline.unfit", "Images error"),
        ("pacs.no_pictures", "Modality error"),
        ("server.worker_lost", "Other"),
    ],
)
def test_each_cause_has_a_category(code: str, category: str) -> None:
    assert code in sentences("ru")
    assert category_of(code) == category


def test_the_message_of_an_error_tells_why() -> None:
    told = error_notice("1.2", message("pacs.damaged"), SERVICE, TIMES)
    assert (told["type"], told["studyIUID"]) == ("PUMCONSUMERERROR", "1.2")
    assert set(told["aiResult"]) == {"modelId", "error", "description", "dateTimeParams"}
    assert told["aiResult"]["description"] == "изображения повреждены"
    assert told["aiResult"]["error"] == "Images error"


def _without_field(folder: Path) -> None:
    report = pydicom.dcmread(folder / "sr.dcm")
    del report.ContentSequence[3]
    report.save_as(folder / "sr.dcm")


def _turned_round(folder: Path) -> None:
    report = pydicom.dcmread(folder / "sr.dcm")
    report.ContentSequence = report.ContentSequence[::-1]
    report.save_as(folder / "sr.dcm")


def _two_reports(folder: Path) -> None:
    (folder / "again.dcm").write_bytes((folder / "sr.dcm").read_bytes())


def _no_series(folder: Path) -> None:
    for path in (folder / "series").iterdir():
        path.unlink()


def _other_operator(folder: Path) -> None:
    for path in (folder / "sr.dcm", *(folder / "series").iterdir()):
        dataset = pydicom.dcmread(path)
        dataset.OperatorsName = "Somebody"
        dataset.save_as(path)


def _other_version(folder: Path) -> None:
    report = pydicom.dcmread(folder / "sr.dcm")
    report.ContentSequence[7].TextValue = "0.0"
    report.save_as(folder / "sr.dcm")


def _without_warning(folder: Path) -> None:
    report = pydicom.dcmread(folder / "sr.dcm")
    report.ContentSequence[5].TextValue = "Для диагностики"
    report.save_as(folder / "sr.dcm")


def _one_more_field(folder: Path) -> None:
    report = pydicom.dcmread(folder / "sr.dcm")
    more = deepcopy(report.ContentSequence[0])
    more.ConceptNameCodeSequence[0].CodeMeaning = "Комментарий"
    report.ContentSequence.append(more)
    report.save_as(folder / "sr.dcm")


def _field_twice(folder: Path) -> None:
    report = pydicom.dcmread(folder / "sr.dcm")
    report.ContentSequence.append(report.ContentSequence[0])
    report.save_as(folder / "sr.dcm")


def _picture(folder: Path, **tags: object) -> None:
    path = folder / "series" / "0001.dcm"
    dataset = pydicom.dcmread(path)
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)


def _instance_twice(folder: Path) -> None:
    _picture(
        folder,
        SOPInstanceUID=pydicom.dcmread(folder / "series" / "0002.dcm").SOPInstanceUID,
    )


def _torn(folder: Path) -> None:
    (folder / "series" / "torn.dcm").write_bytes(b"nothing")


def _notice(folder: Path, **values: object) -> None:
    path = folder / "notify.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["aiResult"] |= values
    path.write_text(json.dumps(told), encoding="utf-8")


def _no_message(folder: Path) -> None:
    (folder / "notify.json").write_text("[]")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_without_field, "mosmed.check.missing"),
        (_turned_round, "mosmed.check.order"),
        (_two_reports, "mosmed.check.reports"),
        (_no_series, "mosmed.check.series"),
        (_other_version, "mosmed.check.same"),
        (_without_warning, "mosmed.check.warning"),
        (_one_more_field, "mosmed.check.unknown"),
        (_field_twice, "mosmed.check.twice"),
        (_instance_twice, "mosmed.check.instance_twice"),
        (_torn, "mosmed.check.damaged"),
        (_no_message, "mosmed.check.no_notice"),
        (partial(_picture, AccessionNumber="other"), "mosmed.check.unlike"),
        (partial(_picture, Modality="OT"), "mosmed.check.modality"),
        (partial(_picture, Rows=1), "mosmed.check.sizes"),
        (partial(_picture, PixelSpacing=None), "mosmed.check.geometry"),
        (partial(_notice, norma=1), "mosmed.check.notice"),
        (partial(_notice, seriesIUID="1.2"), "mosmed.check.notice"),
        (partial(_notice, report="other"), "mosmed.check.notice"),
    ],
)
def test_each_departure_is_named(folder: Path, spoil: Callable[[Path], None], code: str) -> None:
    assert list(departures(folder)) == []
    spoil(folder)
    assert [one.code for one in departures(folder)] == [code]


def test_what_both_objects_lack_is_named_for_each(folder: Path) -> None:
    _other_operator(folder)
    assert [one.code for one in departures(folder)] == ["mosmed.check.operator"] * 2


def test_only_the_folder_of_the_profile_is_looked_at(folder: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(folder, study / "mosmed")
    shutil.copy(folder / "sr.dcm", study / "sr.dcm")
    assert list(departures(study)) == []
