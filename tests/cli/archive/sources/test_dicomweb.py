"""Queries to a DICOMweb server: what fits is found page after page, and fetched whole."""

import shutil

import pytest

import orthanc
from dicomweb_archive import Archive, dicomweb_archive
from glioscope.errors import InputError, MissingSequence, Unreachable, UsageError
from glioscope.reading.dicom.study import pseudonym, read_dicom
from glioscope.settings import Settings
from glioscope.study import Channel
from mr_heads import head

pytest.importorskip("dicomweb_client", reason="dicomweb-client is not installed: glioscope[pacs]")
find = pytest.importorskip("glioscope.cli.archive.sources.dicomweb").find
PLAIN = Settings()


@pytest.fixture
def archive():
    with dicomweb_archive() as one:
        yield one


def query(archive: Archive, text: str = "ModalitiesInStudy=MR") -> str:
    return f"dicomweb+{archive.url}?{text}"


def test_what_fits_is_fetched_under_the_name_that_it_has_here(archive, tmp_path) -> None:
    wanted = head((Channel.FLAIR,), name="a", PatientName="Ivanov^A", StudyDate="20260102")
    archive.add(wanted.files)
    archive.add(head((Channel.FLAIR,), name="b", PatientName="Petrov^B").files)
    [found] = find(query(archive, "PatientName=Ivanov*&StudyDate=20260102"), PLAIN)
    assert found.study_id == pseudonym(wanted.uid)
    path = found.origin.bring(tmp_path)
    study = read_dicom(path)
    assert (study.study_id, study.grid.shape) == (found.study_id, (12, 128, 128))
    assert found.origin.version == "12"
    assert wanted.uid not in repr(found) and "Ivanov" not in repr(found)


@pytest.mark.parametrize("pages", [True, False])
def test_every_page_is_asked_for_and_every_study_told_once(archive, pages) -> None:
    [content] = head((Channel.FLAIR,)).files[:1]
    for number in range(230):
        archive.studies[f"1.2.{number}"] = {"1.3": [content]}
    archive.pages = pages
    found = find(query(archive), PLAIN)
    assert len({one.study_id for one in found}) == len(found) == 230
    assert archive.asked["studies"] == (3 if pages else 2)
    some = find(query(archive, "limit=5&offset=100"), PLAIN)
    assert [one.study_id for one in some] == [one.study_id for one in found[100:105]]


def test_who_may_ask_stands_in_the_environment(archive, tmp_path, monkeypatch) -> None:
    archive.add(head((Channel.FLAIR,)).files)
    archive.user = "batch:secret"
    with pytest.raises(Unreachable, match="HTTP 401"):
        find(query(archive), PLAIN)
    monkeypatch.setenv("GLIOSCOPE_DICOMWEB_PASSWORD", "secret")
    [found] = find(query(archive), Settings(dicomweb_user="batch", dicomweb_password="secret"))
    assert "secret" not in repr(found)
    brought = found.origin.bring(tmp_path)
    assert len(list(brought.iterdir())) == 12
    shutil.rmtree(brought)
    monkeypatch.delenv("GLIOSCOPE_DICOMWEB_PASSWORD")
    with pytest.raises(UsageError, match="GLIOSCOPE_DICOMWEB_PASSWORD"):
        found.origin.bring(tmp_path)


def test_over_tls_the_server_must_be_the_one_that_the_authority_signed(tmp_path) -> None:
    certificates = pytest.importorskip("glioscope.server.reach.certificates")
    own = certificates.self_signed(tmp_path, ["127.0.0.1"])
    authority = tmp_path / "authority.pem"
    signed = own.cert.read_text().partition("-----BEGIN CERTIFICATE-----")
    authority.write_text("".join(signed[1:]).partition("-----BEGIN PRIVATE")[0])
    with dicomweb_archive(own.context) as archive:
        archive.add(head((Channel.FLAIR,)).files)
        with pytest.raises(Unreachable, match="certificate"):
            find(query(archive), PLAIN)
        [found] = find(query(archive), Settings(dicomweb_ca=authority))
        assert len(list(found.origin.bring(tmp_path).iterdir())) == 12


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("dicomweb+https://user:secret@pacs/dicom-web?PatientName=Ivanov", "DICOMWEB_USER"),
        ("dicomweb+http://pacs.hospital/dicom-web?PatientName=Ivanov", "on this computer"),
        ("dicomweb+ftp://pacs/dicom-web?PatientName=Ivanov", "expected dicomweb.https"),
        ("dicomweb+https:///dicom-web?PatientName=Ivanov", "expected dicomweb.https"),
        ("dicomweb+http://127.0.0.1:1/w?limit=many&PatientName=Ivanov", "expected dicomweb.https"),
    ],
)
def test_an_address_that_cannot_be_is_told_without_its_query(url, said) -> None:
    with pytest.raises(UsageError, match=said) as told:
        find(url, PLAIN)
    assert "Ivanov" not in str(told.value) and "secret" not in str(told.value)


def test_nothing_fits_and_nobody_answers(archive) -> None:
    with pytest.raises(InputError, match="no study fits"):
        find(query(archive, "PatientID=7"), PLAIN)
    with pytest.raises(Unreachable, match="ConnectionError") as told:
        find("dicomweb+http://127.0.0.1:1/dicom-web?PatientName=Ivanov", PLAIN)
    assert "Ivanov" not in str(told.value)


def test_a_study_without_mr_and_one_that_is_cut_short(archive, tmp_path) -> None:
    archive.add(head((Channel.FLAIR,), name="ct", Modality="CT").files)
    [found] = find(query(archive, "ModalitiesInStudy=CT"), PLAIN)
    with pytest.raises(MissingSequence, match="no MR series"):
        found.origin.bring(tmp_path)
    archive.add(head((Channel.FLAIR,), name="mr").files)
    archive.lost = 1
    archive.counts = False
    [found] = find(query(archive), PLAIN)
    assert found.origin.version == "untold"
    with pytest.raises(Unreachable, match="not all came"):
        found.origin.bring(tmp_path)


@pytest.mark.skipif(orthanc.missing() is not None, reason=str(orthanc.missing()))
def test_a_real_archive_answers_the_same_way(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GLIOSCOPE_DICOMWEB_PASSWORD", orthanc.PASSWORD)
    who = Settings(dicomweb_user=orthanc.USER, dicomweb_password=orthanc.PASSWORD)
    wanted = head((Channel.FLAIR,), name="wanted", PatientName="Ivanov^A", PatientID="1")
    with orthanc.orthanc(tmp_path / "orthanc") as server:
        for one in (wanted, head((Channel.FLAIR,), name="other", PatientID="2")):
            for content in one.files:
                url = f"{server.url}/instances"
                assert server.session.post(url, data=content, timeout=60).ok
        url = f"dicomweb+{server.url}/dicom-web"
        [found] = find(f"{url}?PatientName=Ivanov*&ModalitiesInStudy=MR", who)
        assert (found.study_id, found.origin.version) == (pseudonym(wanted.uid), "12")
        (tmp_path / "in").mkdir()
        assert len(list(found.origin.bring(tmp_path / "in").iterdir())) == 12
        assert len(find(url, who)) == 2
        with pytest.raises(Unreachable, match="HTTP 401"):
            find(url, PLAIN)
