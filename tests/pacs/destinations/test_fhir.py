"""A FHIR server as a destination: one transaction, the same one however often it is sent."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from glioscope.pacs.config import FhirDestination
from glioscope.pacs.destinations.destination import DestinationDown, DestinationRefused, Parcel
from glioscope.pacs.destinations.fhir import FhirServer
from glioscope.writing.analysis_json import write_analysis_json
from glioscope.writing.fhir.bundle import Whose
from phantoms import analysis_for, ball_mask, grid_of

MADE = 1_796_000_000_000
ANNA = Whose(patient_id="77", patient_name="Ivanova^Anna", study_uid="1.2.826.77.5", accession="A1")


@dataclass
class Hospital:
    """What came, and what is answered to it."""

    address: str = ""
    status: int = 200
    came: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def his() -> Iterator[Hospital]:
    one = Hospital()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            one.came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(one.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        one.address = f"http://127.0.0.1:{listening.server_address[1]}/fhir"
        yield one
        listening.shutdown()
        thread.join()


@pytest.fixture
def parcel(tmp_path: Path) -> Parcel:
    analysis = analysis_for(ball_mask(grid_of("axial", (40, 40, 20)), (0.0, 0.0, 0.0), 8.0))
    (tmp_path / "files").mkdir()
    write_analysis_json(analysis, tmp_path / "files" / "analysis.json", "en")
    return Parcel("r" * 32, tmp_path, "en", MADE, ANNA, tmp_path, "key")


def send(his: Hospital, parcel: Parcel, *, pseudonymous: bool = False) -> None:
    told = FhirDestination(name="his", url=his.address, pseudonymous=pseudonymous)
    server = FhirServer(told)
    try:
        server.send(parcel)
    finally:
        server.close()


def test_one_transaction_of_the_standards_shape(his: Hospital, parcel: Parcel) -> None:
    send(his, parcel)
    [sent] = his.came
    Bundle.model_validate(sent)
    assert sent["type"] == "transaction"
    asked = {one["resource"]["resourceType"]: one["request"] for one in sent["entry"]}
    assert asked["Patient"] == {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=77"}
    assert asked["DiagnosticReport"]["method"] == "PUT"
    for one in sent["entry"]:
        if one["request"]["method"] == "PUT":
            kind, name = one["resource"]["resourceType"], one["resource"]["id"]
            assert one["request"]["url"] == f"{kind}/{name}"
            assert one["fullUrl"] == f"urn:uuid:{name}"


def test_a_second_time_it_is_the_same(his: Hospital, parcel: Parcel) -> None:
    send(his, parcel)
    send(his, parcel)
    assert his.came[0] == his.came[1]


def test_a_pseudonymous_one_says_nothing_of_the_patient(his: Hospital, parcel: Parcel) -> None:
    send(his, parcel, pseudonymous=True)
    told = json.dumps(his.came)
    words = ("Ivanova", '"77"', "1.2.826.77.5", '"A1"')
    assert not [word for word in words if word in told]
    day = f"{datetime.fromtimestamp(MADE / 1000, UTC):%Y-%m-%d}"
    assert day not in told
    send(his, parcel)
    assert day in json.dumps(his.came[1])


@pytest.mark.parametrize(
    ("status", "fault"),
    [(503, DestinationDown), (401, DestinationDown), (422, DestinationRefused)],
)
def test_down_is_not_refused(his: Hospital, parcel: Parcel, status: int, fault) -> None:
    his.status = status
    with pytest.raises(fault, match=str(status)):
        send(his, parcel)


def test_without_an_answer_of_the_model_there_is_nothing_to_send(his, parcel: Parcel) -> None:
    (parcel.folder / "files" / "analysis.json").unlink()
    send(his, parcel)
    assert his.came == []
