"""A folder for a research archive: data alone, and none of it says whose it is."""

from pathlib import Path

import pydicom
import pytest

from dicom_studies import analysed, two_lesions, write_phantom
from glioscope.jobs.results import write_results
from glioscope.pacs.config import FolderDestination
from glioscope.pacs.destinations.destination import DestinationRefused, Parcel
from glioscope.pacs.destinations.folder import ResultFolder
from glioscope.writing.fhir.bundle import Whose


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("result")
    write_phantom(two_lesions("sagittal"), root / "in")
    write_results(analysed(root / "in"), root / "result", "ru", ("pdf", "capture", "pseudonymous"))
    return root / "result"


def parcel(result: Path, scratch: Path, key: str | None = "key") -> Parcel:
    scratch.mkdir()
    return Parcel("r" * 32, result, "ru", 1_796_000_000_000, Whose(), scratch, key)


def folder(path: Path) -> ResultFolder:
    told = FolderDestination(name="research", path=path, pseudonymous=True)
    return ResultFolder(told)


def test_pages_and_pictures_with_burnt_in_text_stay_and_data_is_disguised(
    result: Path, tmp_path: Path
) -> None:
    folder(tmp_path / "out").send(parcel(result, tmp_path / "scratch"))
    [sent] = (tmp_path / "out").iterdir()
    assert sorted(path.name for path in sent.iterdir()) == ["seg.dcm", "sr.dcm"]
    named = pydicom.dcmread(result / "files" / "seg.dcm")
    one = pydicom.dcmread(sent / "seg.dcm")
    assert one.StudyInstanceUID != named.StudyInstanceUID
    assert one.StudyDate < named.StudyDate
    assert "Иванова" not in str(one)
    assert "Иванова" in str(named)


def test_without_a_key_nothing_leaves(result: Path, tmp_path: Path) -> None:
    with pytest.raises(DestinationRefused, match="no key"):
        folder(tmp_path / "out").send(parcel(result, tmp_path / "scratch", key=None))
    assert not (tmp_path / "out").exists()
