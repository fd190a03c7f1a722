"""The PACS node as the API tells it, and what was given up sent again."""

import secrets

import pytest
from sqlalchemy import Connection, insert, select

from glioscope.database.engine import now_ms
from glioscope.database.tables import Arrival, Audit, Delivery, Study
from glioscope.texts.message import message
from server.hospital import Hospital
from watched_year import Year

CAUSE = message("pacs.destination_refused", name="pacs", said="HTTP 400").to_dict()


def delivery(connection: Connection, state: str, **values: object) -> int:
    """A delivery of a result to `pacs` that was made an hour ago."""
    now = now_ms(connection)
    usual = {"destination": "pacs", "created_at": now - 3_600_000, "due_at": now, "refusals": 5}
    row = insert(Delivery).values(**{**usual, "state": state, "cause": CAUSE, **values})
    return connection.scalar(row.returning(Delivery.id)) or 0


@pytest.fixture
def given_up(empty: Hospital) -> tuple[int, str]:
    """A delivery that was given up, and its study."""
    with empty.context.engine.begin() as connection:
        study = Year(connection).result(0)
        return delivery(connection, "failed", result_id=study), study


def test_queues_and_faults_are_told(empty: Hospital, given_up: tuple[int, str]) -> None:
    number, study = given_up
    with empty.context.engine.begin() as connection:
        now = now_ms(connection)
        delivery(connection, "waiting", notice={"type": "PUMCONSUMERERROR"})
        down = message("pacs.source_down", name="archive", said="HTTP 503").to_dict()
        values = {"source": "archive", "study_uid": "1.2.826.77", "stamp": "1", "state": "coming"}
        times = {"first_at": now - 90_000, "changed_at": now, "due_at": now + 30_000}
        connection.execute(insert(Arrival).values(**values, **times, failures=3, cause=down))
    found = empty.client.get("/api/v1/node", headers={"Accept-Language": "ru"}).json()
    [source] = found["sources"]
    assert (source["name"], source["counts"]) == ("archive", {"coming": 1})
    assert 90 <= source["oldest_s"] < 900
    [destination] = found["destinations"]
    assert destination["counts"] == {"failed": 1, "waiting": 1}
    first, second, third = found["faults"]
    assert (first["delivery"], first["study_id"], first["times"]) == (number, study, 5)
    assert (first["next_s"], first["cause"]["text"]) == (
        None,
        "pacs не принимает результат: HTTP 400",
    )
    assert (second["delivery"], second["study_id"], second["next_s"]) == (None, None, 0)
    assert (third["where"], third["delivery"]) == ("archive", None)
    assert "1.2.826.77" not in str(third)


@pytest.mark.parametrize("path", ["deliveries/{}", "destinations/pacs"])
def test_what_was_given_up_is_sent_again_and_the_audit_says_so(
    empty: Hospital, given_up: tuple[int, str], path: str
) -> None:
    number, _ = given_up
    at = f"/api/v1/node/{path.format(number)}/retry"
    assert empty.client.post(at).json() == {"count": 1}
    with empty.context.engine.connect() as connection:
        row = connection.execute(select(Delivery.state, Delivery.refusals)).one()
        audit = connection.execute(select(Audit.action, Audit.object)).all()[-1]
    assert tuple(row) == ("waiting", 0)
    assert tuple(audit) == ("send again", str(number) if "deliveries" in path else "pacs")
    answer = empty.client.post(at)
    assert (answer.status_code, "given up" in answer.json()["detail"]) == (409, True)


def test_the_list_is_told_how_many_do_not_get_on(empty: Hospital, given_up) -> None:
    assert empty.client.get("/ready").json()["stuck"] == 1
    with empty.context.engine.begin() as connection:
        delivery(connection, "waiting")
        # What has just begun to wait may be well in a minute.
        delivery(connection, "waiting", created_at=now_ms(connection))
        delivery(connection, "sent", cause=None)
    assert empty.client.get("/ready").json()["stuck"] == 2
    assert "glioscope_stuck 2.0" in empty.client.get("/metrics").text


def test_a_study_knows_what_it_replaces_and_by_what_it_is_replaced(empty: Hospital) -> None:
    with empty.context.engine.begin() as connection:
        old = Year(connection).result(0)
        new = secrets.token_hex(16)
        values = {"key": new, "name": "n", "kind": "dicom", "folder": "f", "place": 0}
        connection.execute(insert(Study).values(id=new, received_at=1, replaces=old, **values))
        job = Year(connection)
        job._count = 7
        gone = job.result(2)
        connection.execute(Study.__table__.update().where(Study.id == gone).values(replaces="x"))
    found = {one["id"]: one for one in empty.list()}
    assert (found[old]["replaces"], found[old]["replaced_by"]) == (None, new)
    assert (found[gone]["replaces"], found[gone]["replaced_by"]) == (None, None)
