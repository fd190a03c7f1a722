"""From a result to its destinations: each once, none holds up another."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import insert

from glioscope.database.engine import now_ms
from glioscope.database.tables import Job, Result, Study
from glioscope.pacs import outbox
from glioscope.pacs.deliver import Deliverer
from glioscope.pacs.destinations.destination import DestinationDown, DestinationRefused
from glioscope.pacs.gather import Place
from glioscope.pacs.status import status
from pacs.conftest import Basket, rows, threads, until


def result(place: Place, *send_to: str) -> str:
    """A result of the node's, whose files are a toy's."""
    one = secrets.token_hex(16)
    folder = place.store.scratch / one
    folder.mkdir()
    (folder / "files").mkdir()
    place.store.put(folder, f"results/{one}")
    route = {"send_to": list(send_to), "lang": "en", "urgent": False, "make": [], "fetched": None}
    with place.engine.begin() as connection:
        now = now_ms(connection)
        study = {"key": one, "name": "toy", "kind": "dicom", "folder": "uploads/toy", "place": 0}
        connection.execute(
            insert(Study).values(id=one, received_at=now, source="shelf", route=route, **study)
        )
        job = {"state": "done", "priority": 0, "rank": 0, "created_at": now, "due_at": now}
        counts = dict.fromkeys(("child_failures", "worker_losses", "done", "total"), 0)
        number = connection.execute(
            insert(Job).values(study_id=one, cancelling=False, **job, **counts).returning(Job.id)
        ).scalar_one()
        found = {"decision": "tumour", "probability": 0.9, "slices": [], "model": "toy"}
        connection.execute(
            insert(Result).values(
                id=one,
                job_id=number,
                study_id=one,
                folder=f"results/{one}",
                created_at=now,
                model_version="1",
                **found,
            )
        )
    return one


@contextmanager
def delivering(place: Place, *baskets: Basket, nodes: int = 1) -> Iterator[None]:
    stopping = threading.Event()
    work: list[Callable[[], None]] = []
    for _ in range(nodes):
        deliverer = Deliverer(place.engine, place.store, attempts=3)
        work.append(partial(deliverer.write_down, stopping))
        work += [partial(deliverer.send, one, stopping) for one in baskets]
    with threads(stopping, *work):
        yield


@pytest.fixture(autouse=True)
def impatient(monkeypatch) -> None:
    monkeypatch.setattr("glioscope.pacs.outbox._FIRST_PAUSE_MS", 10)
    monkeypatch.setattr("glioscope.pacs.deliver._LOOK_S", 0.02)


def test_every_result_reaches_every_destination_of_its_route_once(place: Place) -> None:
    one, other = Basket("one"), Basket("other")
    both, first = result(place, "one", "other"), result(place, "one")
    with delivering(place, one, other, nodes=2):
        until(lambda: len(one.got) == 2 and other.got)
        time.sleep(0.2)
    assert sorted(one.got) == sorted([both, first])
    assert other.got == [both]


def test_one_that_sleeps_holds_up_nobody_and_gets_all_later(place: Place) -> None:
    asleep = iter([DestinationDown("it sleeps")] * 6)
    one, other = Basket("one", answers=asleep), Basket("other")
    wanted = {result(place, "one", "other") for _ in range(3)}
    with delivering(place, one, other):
        until(lambda: set(other.got) == wanted)
        until(lambda: set(one.got) == wanted)
    assert rows(place.engine, "SELECT DISTINCT state, refusals FROM delivery") == [("sent", 0)]


def test_one_that_refuses_is_given_up_and_can_be_begun_again(place: Place) -> None:
    refusing = iter([DestinationRefused("HTTP 400")] * 3)
    basket = Basket(answers=refusing)
    only = result(place, "basket")
    with delivering(place, basket):
        until(lambda: rows(place.engine, "SELECT id FROM delivery WHERE state = 'failed'"))
        with place.engine.connect() as connection:
            found = status(connection)
        [fault] = found.faults
        assert (fault.where, fault.study_id, fault.times) == ("basket", only, 3)
        assert "HTTP 400" in str(fault.cause)
        with place.engine.begin() as connection:
            assert outbox.again(connection, "basket") == 1
        until(lambda: basket.got == [only])


def test_one_whose_folder_is_gone_is_given_up_at_once(place: Place) -> None:
    lost = result(place, "basket")
    place.store.remove(f"results/{lost}")
    with delivering(place, Basket()):
        until(lambda: rows(place.engine, "SELECT id FROM delivery WHERE state = 'failed'"))
    assert "pacs.result_gone" in str(rows(place.engine, "SELECT cause FROM delivery"))
