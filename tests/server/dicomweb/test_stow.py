"""STOW-RS: taken, partly taken, refused, known, hostile; by a client of others and by hand."""

import errno
import io
import os
import zipfile
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset

from glioscope.server.access import passes, users
from glioscope.server.access.roles import Role
from server.hospital import Hospital, address_of, hospital

RELATED = 'multipart/related; type="application/dicom"; boundary=xyz'
TAKEN, FAILED = "00081199", "00081198"


@pytest.fixture(scope="session")
def instances(packed) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return [archive.read(name) for name in sorted(archive.namelist())]


@pytest.fixture(scope="session")
def study_uid(instances) -> str:
    return str(pydicom.dcmread(io.BytesIO(instances[0])).StudyInstanceUID)


def body(parts: list[bytes], kind: str = "application/dicom") -> bytes:
    head = f"--xyz\r\nContent-Type: {kind}\r\n\r\n".encode()
    return b"".join(head + part + b"\r\n" for part in parts) + b"--xyz--\r\n"


def store(here: Hospital, content: bytes, path: str = "", kind: str = RELATED, **headers: str):
    return here.client.post(
        f"/dicom-web/studies{path}", content=content, headers={"Content-Type": kind, **headers}
    )


def scratch(here: Hospital) -> list[str]:
    return [path.name for path in here.context.store.scratch.iterdir()]


def reasons(answer) -> list[int]:
    return [one["00081197"]["Value"][0] for one in answer.json()[FAILED]["Value"]]


def test_a_study_is_taken_and_known_again(empty, instances, study_uid) -> None:
    answer = store(empty, body(instances))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/dicom+json"
    found = Dataset.from_json(answer.json())
    sent = {str(pydicom.dcmread(io.BytesIO(one)).SOPInstanceUID) for one in instances}
    assert {str(one.ReferencedSOPInstanceUID) for one in found.ReferencedSOPSequence} == sent
    assert "FailedSOPSequence" not in found
    [study] = empty.list()
    assert study["kind"] == "dicom" and study["patient_name"] == "Ivanova^Anna"
    assert answer.headers["link"] == f'</api/v1/studies/{study["id"]}>; rel="related"'
    again = store(empty, body(instances), f"/{study_uid}")
    assert again.status_code == 200 and again.headers["link"] == answer.headers["link"]
    assert "known already: 1" in again.headers["warning"]
    assert len(empty.list()) == 1 and scratch(empty) == []


def test_it_is_the_study_that_an_upload_brings(empty, packed, instances) -> None:
    study_id = empty.hand_in(packed)
    answer = store(empty, body(instances))
    assert study_id in answer.headers["link"] and "warning" in answer.headers


def test_instances_of_another_study_fail(empty, instances, study_uid) -> None:
    other = pydicom.dcmread(io.BytesIO(instances[0]))
    other.StudyInstanceUID = "1.2.3"
    stream = io.BytesIO()
    other.save_as(stream)
    answer = store(empty, body([stream.getvalue(), *instances[1:]]), f"/{study_uid}")
    assert answer.status_code == 202 and reasons(answer) == [0xA901]
    assert len(answer.json()[TAKEN]["Value"]) == len(instances) - 1
    assert len(empty.list()) == 1
    none = store(empty, body(instances), "/1.2.3.4")
    assert none.status_code == 409 and set(reasons(none)) == {0xA901}
    assert TAKEN not in none.json() and len(empty.list()) == 1


def test_what_is_no_dicom_fails_beside_what_is(empty, instances) -> None:
    answer = store(empty, body([*instances, b"Dear colleague"]))
    assert answer.status_code == 202 and reasons(answer) == [0xC000]
    alone = store(empty, body([b"Dear colleague"]))
    assert alone.status_code == 409 and scratch(empty) == []


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", RELATED, 400),
        (b"--xyz--\r\n", RELATED, 400),
        (b"nothing of the kind", RELATED, 400),
        (body([b"x"])[:-10], RELATED, 400),
        (body([b"x"]), "multipart/related", 400),
        (body([b"x"]), RELATED.replace("dicom", "dicom+xml"), 415),
        (body([b"x"], "application/dicom+json"), RELATED, 415),
        (body([b"x"]), "application/dicom", 415),
        (body([b"x"]), "multipart/form-data; boundary=xyz", 415),
    ],
)
def test_a_body_of_another_form_is_refused(empty, content, kind: str, status: int) -> None:
    answer = store(empty, content, kind=kind)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert scratch(empty) == []


def test_the_answer_is_json_only(empty, instances) -> None:
    answer = store(empty, body(instances), Accept="application/dicom+xml")
    assert answer.status_code == 406
    assert store(empty, body(instances), "/not-a-uid").status_code == 422


def test_no_request_is_larger_than_allowed(tmp_path: Path, instances) -> None:
    with hospital(tmp_path / "data", most_upload_bytes=1000) as here:
        assert store(here, body(instances)).status_code == 413
        assert scratch(here) == []
    with hospital(tmp_path / "other", free_bytes=2**62) as here:
        assert store(here, body(instances)).status_code == 507


@pytest.mark.parametrize(
    ("number", "status", "told"),
    [(errno.ENOSPC, 507, "disk is full"), (errno.EIO, 503, "could not store this")],
)
def test_a_full_disk_is_told_apart_from_one_that_fails(
    empty, instances, monkeypatch, number: int, status: int, told: str
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "/secret/place")

    monkeypatch.setattr("glioscope.server.received.take_in", breaks)
    answer = store(empty, body(instances))
    assert answer.status_code == status
    assert told in answer.json()["detail"] and "secret" not in answer.text
    assert scratch(empty) == []


def test_a_client_of_others_hands_in_with_its_token(empty, instances, study_uid) -> None:
    api = pytest.importorskip("dicomweb_client.api", reason="dicomweb-client is not installed")
    from dicomweb_client.session_utils import create_session

    with empty.context.engine.begin() as connection:
        one = users.add_user(connection, "pacs", None, Role.READER, sees_identity=False)
        token = passes.new_token(connection, one, "pacs", None)
    with address_of(empty) as address, create_session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        client = api.DICOMwebClient(f"{address}/dicom-web", session=session)
        datasets = [pydicom.dcmread(io.BytesIO(one)) for one in instances]
        found = client.store_instances(datasets, study_instance_uid=study_uid)
        assert len(found.ReferencedSOPSequence) == len(instances)
        session.headers["Authorization"] = "Bearer nobody"
        with pytest.raises(Exception, match="401"):
            client.store_instances(datasets[:1])
