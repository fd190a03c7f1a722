"""What was handed in, as studies with a job each; the same examination handed in twice is one."""

import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from glioscope.database.engine import now_ms
from glioscope.database.tables import Study
from glioscope.jobs import queue
from glioscope.jobs.storage.store import Store
from glioscope.jobs.wake import Wake
from glioscope.reading.containers.unwrap import unwrap
from glioscope.reading.dicom.text import text
from glioscope.reading.inputs import StudyInput, find_inputs
from glioscope.settings import Charset

if TYPE_CHECKING:
    from pydicom import Dataset

    from glioscope.reading.dicom.study import DicomStudy

URGENT = 10
_CHUNK = 2**20
_KEYWORDS = {
    "patient_id": "PatientID",
    "patient_name": "PatientName",
    "accession": "AccessionNumber",
    "study_date": "StudyDate",
}
# What the columns of the table hold; headers may hold more than the standard allows.
_MOST = {"patient_id": 64, "patient_name": 324, "accession": 16, "study_date": 10}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Of a study that a PACS node took; fields as in `glioscope.database.tables.Study`."""

    source: str
    sender: str | None
    replaces: str | None
    route: dict[str, Any]


@dataclass(frozen=True)
class Taken:
    """A study that was handed in; `known` tells that it was there already."""

    study_id: str
    known: bool


def take_in(
    engine: Engine,
    store: Store,
    received: Path,
    *,
    wake: Wake,
    urgent: bool = False,
    charset: Charset | None = None,
    with_model: bool = True,
    origin: Origin | None = None,
) -> list[Taken]:
    """Store what lies in a folder of the store's scratch, and give each study in it a job.

    Without the model the pictures are only made ready for readers. The folder holds one thing, a
    file or a folder, and is moved away or removed.

    Raises:
        InputError: it holds no study.
        OSError: it cannot be stored; nothing is left then.
    """
    inside = unwrap(received)
    found = find_inputs([inside], charset=charset)
    if found[0].kind == "unknown":
        found[0].read()  # says what it is
    keys = [_key(one, inside) for one in found]
    came = vars(origin) if origin else {}
    facts = [{**_facts(one, key), **came} for one, key in zip(found, keys, strict=True)]
    folder = new_upload()
    with engine.begin() as connection:
        known = {key: study for key in keys if (study := _known(connection, key))}
    if len(known) == len(set(keys)):
        return [Taken(known[key], True) for key in keys]
    store.put(received, folder)
    wanted = {"priority": URGENT if urgent else 0, "with_model": with_model}
    try:
        return list(_entered(engine, folder, keys, facts, wanted, wake))
    except IntegrityError:
        store.remove(folder)
        # Somebody handed the same in at the same moment.
        with engine.begin() as connection:
            known = {key: study for key in keys if (study := _known(connection, key))}
        if len(known) < len(set(keys)):
            raise
        return [Taken(known[key], True) for key in keys]
    except BaseException:
        store.remove(folder)
        raise


def adopt(engine: Engine, study_id: str, origin: Origin) -> None:
    """A study that was handed in by a person before is a node's too: its result is sent."""
    with engine.begin() as connection:
        connection.execute(
            update(Study)
            .where(Study.id == study_id, Study.source.is_(None))
            .values(source=origin.source, sender=origin.sender, route=origin.route)
        )


def new_upload() -> str:
    """A name for an upload in the store; it says when, so that what nobody owns can be cleared."""
    return f"uploads/{round(time.time())}-{secrets.token_hex(12)}"


def _entered(
    engine: Engine,
    folder: str,
    keys: list[str],
    facts: list[dict[str, Any]],
    wanted: dict[str, Any],
    wake: Wake,
) -> Iterator[Taken]:
    with engine.begin() as connection:
        for place, (key, said) in enumerate(zip(keys, facts, strict=True)):
            there = _known(connection, key)
            if there:
                yield Taken(there, True)
                continue
            study_id = secrets.token_hex(16)
            values = {"id": study_id, "key": key, "folder": folder, "place": place}
            connection.execute(
                insert(Study).values(received_at=now_ms(connection), **values, **said)
            )
            queue.enqueue(connection, study_id, **wanted)
            yield Taken(study_id, False)
        wake.ring(connection)


def _known(connection: Connection, key: str) -> str | None:
    return connection.scalar(select(Study.id).where(Study.key == key))


def _key(found: StudyInput, path: Path) -> str:
    """Study UID and the hash of its instances; without DICOM the hash of the bytes."""
    if found.dicom is None:
        return f"{found.kind}:{_hash_of(path, found.study_id)}"
    frames = {
        (candidate.series.uid, frame.instance_uid)
        for candidate in found.dicom.candidates
        for frame in candidate.series.frames
        if candidate.series.modality == "MR"
    }
    listed = "\n".join(f"{series} {instance}" for series, instance in sorted(frames))
    return f"{found.dicom.uid}:{hashlib.sha256(listed.encode()).hexdigest()}"


def _hash_of(path: Path, name: str) -> str:
    """Of the bytes of all files, and of which of the studies there it is."""
    digest = hashlib.sha256(name.encode())
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        digest.update(file.relative_to(path.parent).as_posix().encode())
        with file.open("rb") as stream:
            while part := stream.read(_CHUNK):
                digest.update(part)
    return digest.hexdigest()


def _facts(found: StudyInput, key: str) -> dict[str, str | None]:
    """What the row says of the study."""
    facts: dict[str, str | None] = {"kind": found.kind}
    if found.dicom is None:
        # The name of a file may be a patient's.
        return {**facts, "name": f"{found.kind}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"}
    return {**facts, "name": found.study_id, **_dicom_facts(found.dicom)}


def _dicom_facts(study: "DicomStudy") -> dict[str, str | None]:
    header = _header(study)
    said = {name: text(header, keyword, study.charset) for name, keyword in _KEYWORDS.items()}
    facts = {name: value[:most] or None for name, most in _MOST.items() if (value := said[name])}
    issued = f"{said['patient_id']}\n{text(header, 'IssuerOfPatientID', study.charset)}"
    if facts.get("patient_id"):
        facts["patient_key"] = hashlib.sha256(issued.encode()).hexdigest()
    return {**facts, "study_uid": study.uid[:64] or None}


def _header(study: "DicomStudy") -> "Dataset":
    from pydicom.dataset import Dataset

    from glioscope.reading.dicom.files import DICOM_DAMAGE, read_whole_header

    try:
        return read_whole_header(study.candidates[0].series.header)
    except DICOM_DAMAGE:
        return Dataset()
