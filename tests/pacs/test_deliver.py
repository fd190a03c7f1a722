"""From a result to its destinations: each once, none holds up another."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from glioscope.jobs import queue
from glioscope.pacs import outbox
from glioscope.pacs.deliver import Deliverer
from glioscope.pacs.destinations.destination import DestinationDown, DestinationRefused
from glioscope.pacs.gather import Place
from glioscope.pacs.status import status
from glioscope.texts.message import message
from pacs.conftest import Basket, Told, result, rows, taken, threads, until


@contextmanager
def delivering(place: Place, *baskets: Basket | Told, nodes: int = 1) -> Iterator[None]:
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


def test_a_message_waits_until_the_pictures_it_tells_of_are_there(place: Place) -> None:
    archive = Basket("archive", answers=iter([DestinationDown("it sleeps")] * 3))
    broker = Told("broker", ("archive",))
    one = result(place, "archive", "broker", notice={"studyIUID": "1.2"})
    order: list[str] = []
    archive.after_send = lambda: order.append("pictures")
    broker.after_say = lambda: order.append("message")
    with delivering(place, archive, broker, nodes=2):
        until(lambda: broker.got)
    assert (archive.got, broker.got) == ([one], [{"studyIUID": "1.2"}])
    assert order == ["pictures", "message"]


def test_messages_that_nobody_takes_hold_up_no_pictures(place: Place) -> None:
    archive = Basket("archive")
    broker = Told("broker", ("archive",), answers=iter([DestinationDown("it sleeps")] * 1000))
    wanted = {result(place, "archive", "broker", notice={"n": n}) for n in range(3)}
    with delivering(place, archive, broker):
        until(lambda: set(archive.got) == wanted)
    assert broker.got == []
    assert rows(place.engine, "SELECT count(*) FROM delivery WHERE state = 'waiting'") == [(3,)]


def test_of_a_study_without_a_result_those_are_told_who_want_to_be(place: Place) -> None:
    basket, broker = Basket(), Told("broker", ("basket",))
    study = taken(place, "basket", "broker", tell=["broker"])
    claimed = queue.claim(place.engine, "worker", 60_000)
    assert claimed
    queue.refuse(place.engine, claimed, message("pacs.no_head", part="KNEE"))
    with delivering(place, basket, broker, nodes=2):
        until(lambda: broker.got)
        time.sleep(0.2)
        [notice] = broker.got
        # Tried again by somebody, and refused again: told once more.
        with place.engine.begin() as connection:
            assert queue.retry(connection, study)
        claimed = queue.claim(place.engine, "worker", 60_000)
        assert claimed
        queue.refuse(place.engine, claimed, message("pacs.damaged"))
        until(lambda: len(broker.got) == 2)
    assert basket.got == []
    assert notice["studyIUID"] == "1.2.3"
    assert notice["aiResult"]["error"] == "Body part error"
    assert "KNEE" in notice["aiResult"]["description"]
    assert broker.got[1]["aiResult"]["error"] == "Images error"


def test_one_that_takes_no_messages_any_more_says_so(place: Place) -> None:
    taken(place, "basket", tell=["basket"])
    claimed = queue.claim(place.engine, "worker", 60_000)
    assert claimed
    queue.refuse(place.engine, claimed, message("pacs.damaged"))
    with delivering(place, Basket()):
        until(lambda: rows(place.engine, "SELECT id FROM delivery WHERE state = 'failed'"))
    with place.engine.connect() as connection:
        [fault] = status(connection).faults
    assert fault.study_id == claimed.study_id
    assert "no messages" in json.dumps(fault.cause.to_dict())
