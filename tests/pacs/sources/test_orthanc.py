"""With a real Orthanc: studies in by C-STORE and by STOW, results back, and what may go wrong."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest
import requests
from msgspec import to_builtins
from pynetdicom import AE
from pynetdicom.sop_class import MRImageStorage

import orthanc
from glioscope.jobs.worker import Limits
from glioscope.pacs.check import check
from glioscope.pacs.config import Config, config_of
from glioscope.pacs.gather import Place
from glioscope.pacs.node import node
from glioscope.server.serve import Place as Data
from glioscope.server.serve import working
from glioscope.study import Channel
from mr_heads import Head, head
from orthanc import PASSWORD, USER, Orthanc
from pacs.conftest import rows
from server.study_here import studies_here
from ups import worklist

pytestmark = pytest.mark.skipif(orthanc.missing() is not None, reason=str(orthanc.missing()))
LIMITS = Limits(poll_s=0.1, free_bytes=0)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc.orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


def told(archive: Orthanc, *, source: str = "orthanc", user: str = USER) -> Config:
    who = {"user": user, "password_env": "TEST_ORTHANC"}
    at = {"orthanc": archive.url, "dicomweb": f"{archive.url}/dicom-web"}[source]
    span = {"days": 20_000} if source == "dicomweb" else {}
    return config_of(
        {
            "quiet_s": 1,
            "lang": "ru",
            "keep_free_mb": 0,
            "source": [{"kind": source, "name": source, "url": at, "poll_s": 0.3, **span, **who}],
            "destination": [
                {"kind": "stow", "name": "web", "url": f"{archive.url}/dicom-web", **who},
                {
                    "kind": "cstore",
                    "name": "dicom",
                    "host": "127.0.0.1",
                    "port": archive.dicom,
                    "title": "ORTHANC",
                },
            ],
        },
        "pacs.toml",
    )


@contextmanager
def at_work(folder: Path, config: Config) -> Iterator[Place]:
    context = Data(data=folder).context("en", None)
    place = Place(engine=context.engine, store=context.store, wake=context.wake)
    try:
        with studies_here(), working(context, LIMITS, 1), node(place, config, folder / "pacs"):
            yield place
    finally:
        context.close()


def until(true, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


def all_sent(place: Place, count: int) -> bool:
    states = [row[0] for row in rows(place.engine, "SELECT state FROM delivery")]
    return states == ["sent"] * count


def c_store(archive: Orthanc, one: Head) -> None:
    entity = AE(ae_title="MR1")
    entity.add_requested_context(MRImageStorage)
    association = entity.associate("127.0.0.1", archive.dicom, ae_title="ORTHANC")
    assert association.is_established
    for content in one.files:
        status = association.send_c_store(pydicom.dcmread(io.BytesIO(content)))
        assert status.Status == 0
    association.release()


def stow(archive: Orthanc, one: Head) -> None:
    mark = "part"
    parts = [
        f"--{mark}\r\nContent-Type: application/dicom\r\n\r\n".encode() + content + b"\r\n"
        for content in one.files
    ]
    kind = f'multipart/related; type="application/dicom"; boundary={mark}'
    answer = archive.session.post(
        f"{archive.url}/dicom-web/studies",
        data=b"".join([*parts, f"--{mark}--\r\n".encode()]),
        headers={"Content-Type": kind, "Accept": "application/dicom+json"},
        timeout=60,
    )
    assert answer.status_code == 200


def instances(archive: Orthanc, one: Head) -> list[pydicom.Dataset]:
    """Everything the archive has of a study, as another program fetches it."""
    [number] = archive.session.post(
        f"{archive.url}/tools/find",
        json={"Level": "Study", "Query": {"StudyInstanceUID": one.uid}},
        timeout=30,
    ).json()
    found = []
    for instance in archive.get(f"/studies/{number}/instances"):
        answer = archive.session.get(f"{archive.url}/instances/{instance['ID']}/file", timeout=30)
        found.append(pydicom.dcmread(io.BytesIO(answer.content)))
    return found


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ORTHANC", PASSWORD)


def test_studies_go_in_and_results_come_back_once(archive: Orthanc, tmp_path: Path) -> None:
    sent, stored = head(name="sent", PatientID="77"), head(name="stored")
    with at_work(tmp_path, told(archive)) as place:
        c_store(archive, sent)
        stow(archive, stored)
        until(lambda: all_sent(place, 4))
        # What came back moved the studies again, and starts nothing.
        until(lambda: rows(place.engine, "SELECT DISTINCT state FROM arrival") == [("taken",)])
        time.sleep(2)
        assert len(rows(place.engine, "SELECT id FROM result")) == 2
        assert rows(place.engine, "SELECT sender FROM study WHERE sender = 'MR1'") == [("MR1",)]
        for one in (sent, stored):
            found = instances(archive, one)
            kinds = sorted(str(dataset.Modality) for dataset in found)
            assert kinds == ["MR"] * 36 + ["SEG", "SR"]
        back = instances(archive, sent)
        [seg] = [one for one in back if one.Modality == "SEG"]
        assert seg.PatientID == "77"
        right_pixels(archive, sent, seg, place)
        listed = archive.session.get(
            f"{archive.url}/dicom-web/studies/{sent.uid}/series",
            headers={"Accept": "application/dicom+json"},
            timeout=30,
        ).json()
        assert {"SEG", "SR"} <= {one["00080060"]["Value"][0] for one in listed}


def right_pixels(archive: Orthanc, one: Head, seg: pydicom.Dataset, place: Place) -> None:
    """The SEG that came back covers, on the source's own slices, the voxels of the mask."""
    flair = seg.ReferencedSeriesSequence[0].SeriesInstanceUID
    slices = [d for d in instances(archive, one) if d.SeriesInstanceUID == flair]
    volume = highdicom.get_volume_from_series(slices)
    segmentation = highdicom.seg.Segmentation.from_dataset(seg)
    drawn = segmentation.get_volume(combine_segments=True).match_geometry(volume).array > 0
    [(folder,)] = rows(
        place.engine,
        f"SELECT result.folder FROM result JOIN study ON study.id = result.study_id "
        f"WHERE study.study_uid = '{one.uid}'",
    )
    with place.store.folder(folder) as files:
        mask = nibabel.load(files / "files" / "mask.nii.gz")
        wanted = np.asarray(mask.dataobj) > 0
        there = mask.affine
    # From the volume's voxels to the mask's, by the scanner's millimetres.
    to_mask = np.linalg.inv(there) @ np.diag([-1, -1, 1, 1]) @ volume.affine
    places = np.rint(np.argwhere(drawn) @ to_mask[:3, :3].T + to_mask[:3, 3]).astype(int)
    assert len(places) == wanted.sum() > 0
    assert wanted[tuple(places.T)].all()


def test_dicomweb_is_asked_again_and_again(archive: Orthanc, tmp_path: Path) -> None:
    one = head(name="web")
    config = told(archive, source="dicomweb")
    stow(archive, one)
    with at_work(tmp_path, config) as place:
        query = (
            "SELECT delivery.state FROM delivery JOIN result ON result.id = delivery.result_id "
            f"JOIN study ON study.id = result.study_id WHERE study.study_uid = '{one.uid}'"
        )
        until(lambda: rows(place.engine, query) == [("sent",)] * 2)


def test_a_workitem_is_done_with_pictures_of_the_archive(archive: Orthanc, tmp_path: Path) -> None:
    one = head((Channel.FLAIR,), name="asked for")
    stow(archive, one)
    plain = to_builtins(told(archive))
    [pictures] = plain["source"]
    pictures = {k: pictures[k] for k in ("url", "user", "password_env")}
    pictures["url"] += "/dicom-web"
    with worklist() as tasks:
        uid = tasks.add(one.uid)
        source = {"kind": "worklist", "name": "tasks", "url": tasks.url, "poll_s": 0.3}
        plain["source"] = [{**source, "pictures": pictures}]
        with at_work(tmp_path, config_of(plain, "pacs.toml")):
            until(lambda: tasks.state(uid) == "COMPLETED")
        [step] = tasks.items[uid].UnifiedProcedureStepPerformedProcedureSequence
    made = {
        str(output.ReferencedSOPInstanceUID)
        for series in step.OutputInformationSequence
        for output in series.ReferencedSOPSequence
    }
    stored = {str(d.SOPInstanceUID): str(d.Modality) for d in instances(archive, one)}
    assert sorted(stored[output] for output in made) == ["SEG", "SR"]
    places = [
        series.WADORSRetrievalSequence[0].RetrieveURL for series in step.OutputInformationSequence
    ]
    for place in places:
        assert archive.session.get(f"{place}/instances", timeout=30).ok


def test_an_archive_that_dies_and_comes_back_gets_everything(tmp_path: Path) -> None:
    one = head(name="late")
    with orthanc.orthanc(tmp_path / "orthanc") as archive:
        with at_work(tmp_path / "data", told(archive)) as place:
            stow(archive, one)
            until(lambda: rows(place.engine, "SELECT id FROM study"))
            archive.kill()
            until(lambda: rows(place.engine, "SELECT id FROM delivery WHERE cause IS NOT NULL"))
            archive.start()
            until(lambda: all_sent(place, 2))
        kinds = sorted(str(dataset.Modality) for dataset in instances(archive, one))
        assert kinds == ["MR"] * 36 + ["SEG", "SR"]


def test_a_wrong_password_is_told_and_holds_until_it_is_mended(
    archive: Orthanc, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {tried.name: tried.fault for tried in check(told(archive))}
    assert found == {"orthanc": None, "web": None, "dicom": None}
    monkeypatch.setenv("TEST_ORTHANC", "wrong")
    found = {tried.name: str(tried.fault) for tried in check(told(archive))}
    assert "401" in found["orthanc"]
    assert "401" in found["web"]
    assert requests.get(f"{archive.url}/system", timeout=10).status_code == 401
