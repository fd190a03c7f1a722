"""C-STORE to the node, by a real sender."""

import errno
import socket
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts
from pynetdicom.presentation import build_context

from glioscope.pacs.config import ListenerSource
from glioscope.pacs.sources.listener import Listener
from glioscope.pacs.sources.source import Moved
from glioscope.study import Channel
from mr_heads import Head, head

CONTEXTS = [build_context("1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.2.1")]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    told = ListenerSource(name="scanner", port=free_port(), allowed=("MR1",))
    one = Listener(told, tmp_path / "staging", keep_free=0)
    yield one
    one.close()


def send(listener: Listener, files: list[bytes], title: str = "MR1") -> list[int | None]:
    entity = AE(ae_title=title)
    entity.requested_contexts = CONTEXTS
    config = listener._config
    association = entity.associate(config.host, config.port, ae_title=config.title)
    if not association.is_established:
        return []
    try:
        return [association.send_c_store(dcmread(BytesIO(one))).get("Status") for one in files]
    finally:
        association.release()


def test_what_is_sent_is_kept_and_handed_over(listener: Listener, tmp_path: Path) -> None:
    one = head(PatientName="Ivanova^Anna")
    assert set(send(listener, one.files)) == {0}
    [moved], cursor = listener.moved(None)
    assert (moved.study_uid, moved.sender, cursor) == (one.uid, "MR1", None)
    census = listener.census(one.uid)
    assert census == {uid: len(files) for uid, files in one.series.items()}
    out = tmp_path / "out"
    out.mkdir()
    listener.fetch(one.uid, census, out)
    got = {dcmread(path).SOPInstanceUID: dcmread(path).PixelData for path in out.iterdir()}
    sent = {dcmread(BytesIO(f)).SOPInstanceUID: dcmread(BytesIO(f)).PixelData for f in one.files}
    assert got == sent
    assert not [path for path in (tmp_path / "staging").rglob("*") if "Ivanova" in path.name]
    listener.taken(one.uid, census)
    assert listener.moved(None) == ([], None)


def test_it_outlives_its_process_and_tells_what_came_since(tmp_path: Path) -> None:
    one, told = head(), []
    for files in (one.files[:5], one.files[5:6]):
        config = ListenerSource(name="scanner", port=free_port())
        listener = Listener(config, tmp_path / "staging", keep_free=0)
        try:
            told += listener.moved(None)[0]
            send(listener, files)
            told += listener.moved(None)[0]
        finally:
            listener.close()
    before, again, after = told
    assert isinstance(before, Moved)
    assert before == again
    assert after.stamp != before.stamp


def test_strangers_are_turned_away(listener: Listener) -> None:
    assert send(listener, head().files[:1], title="STRANGER") == []


def test_without_room_the_sender_is_told_to_keep_it(listener: Listener) -> None:
    listener._keep_free = 2**62
    one = head()
    assert send(listener, one.files[:1]) == [0xA700]
    assert listener.moved(None) == ([], None)


def test_a_disk_that_is_full_in_truth_keeps_nothing_of_an_instance(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    one = head((Channel.FLAIR,))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert send(listener, one.files[:1]) == [0xA700]
    assert sum(listener.census(one.uid).values()) == 0
    assert send(listener, one.files[:1]) == [0]
    assert sum(listener.census(one.uid).values()) == 1


def test_what_unpacks_beyond_reason_is_refused_unread(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = dcmread(BytesIO(head().files[0]))
    one.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    packed = BytesIO()
    one.save_as(packed, enforce_file_format=True)
    deflated = [build_context(one.SOPClassUID, DeflatedExplicitVRLittleEndian)]
    monkeypatch.setitem(globals(), "CONTEXTS", deflated)
    assert send(listener, [packed.getvalue()]) == [0]
    monkeypatch.setattr("glioscope.reading.dicom.files._MAX_INFLATED", 1000)
    assert send(listener, [packed.getvalue()]) == [0xC000]


def test_other_modalities_are_taken_and_left(listener: Listener) -> None:
    one: Head = head(Modality="CT")
    assert send(listener, one.files[:1]) == [0]
    assert listener.moved(None) == ([], None)


def test_every_storage_class_is_welcome(listener: Listener) -> None:
    entity = AE(ae_title="MR1")
    entity.requested_contexts = AllStoragePresentationContexts[:120]
    config = listener._config
    association = entity.associate(config.host, config.port, ae_title=config.title)
    assert association.is_established
    assert len(association.accepted_contexts) == 120
    association.release()
