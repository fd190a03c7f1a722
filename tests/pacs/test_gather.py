"""From a source into a job: when it is complete, once, and what is left alone."""

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from glioscope.jobs.intake import take_in
from glioscope.pacs import outbox
from glioscope.pacs.arrivals import leave
from glioscope.pacs.gather import Gatherer, Place
from glioscope.study import Channel
from glioscope.texts.message import message
from mr_heads import head
from pacs.conftest import Shelf, config, rows, threads, until


@contextmanager
def gathering(place: Place, shelf: Shelf, nodes: int = 1, **told: object) -> Iterator[None]:
    stopping = threading.Event()
    work: list[Callable[[], None]] = []
    for _ in range(nodes):
        gatherer = Gatherer(place, config(**told), {shelf.name: shelf})
        work += [partial(gatherer.watch, shelf, stopping), partial(gatherer.take, stopping)]
    with threads(stopping, *work):
        yield


def arrivals(place: Place) -> list[tuple[str, str | None]]:
    return [tuple(row) for row in rows(place.engine, "SELECT state, cause FROM arrival")]


def test_a_study_becomes_one_job_however_often_it_is_told(place: Place) -> None:
    one = head(StationName="MR_7")
    shelf = Shelf({one.uid: one.series})
    with gathering(place, shelf, nodes=2, rule=[{"station": "mr_*", "urgent": True}]):
        until(lambda: shelf.dropped)
        time.sleep(0.3)
    assert shelf.fetched == 1
    [(source, sender, route)] = rows(place.engine, "SELECT source, sender, route FROM study")
    assert (source, sender) == ("shelf", "MR1")
    assert '"urgent": true' in route if isinstance(route, str) else route["urgent"]
    assert rows(place.engine, "SELECT state, priority FROM job") == [("waiting", 10)]


def test_what_is_given_up_while_it_is_stored_is_not_analysed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = head()
    shelf = Shelf({one.uid: one.series})

    def given_up(*given: Any, **told: Any) -> Any:
        taken = take_in(*given, **told)
        leave(place.engine, shelf.name, one.uid, message("pacs.task_cancelled"))
        return taken

    monkeypatch.setattr("glioscope.pacs.gather.take_in", given_up)
    with gathering(place, shelf):
        until(lambda: rows(place.engine, "SELECT state FROM job") == [("cancelled",)])
    assert [state for state, _ in arrivals(place)] == ["left"]


@pytest.mark.parametrize(
    ("number", "told"), [(errno.ENOSPC, "pacs.no_room"), (errno.EIO, "pacs.not_stored")]
)
def test_a_full_disk_is_told_apart_from_one_that_fails(
    place: Place, monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("glioscope.pacs.gather.take_in", breaks)
    one = head()
    with gathering(place, Shelf({one.uid: one.series})):
        until(lambda: told in str(arrivals(place)))
    assert rows(place.engine, "SELECT id FROM study") == []


def test_it_waits_until_nothing_more_comes(place: Place) -> None:
    whole = head()
    *first, last = whole.series.items()
    shelf = Shelf({whole.uid: dict(first)})
    with gathering(place, shelf, quiet_s=1.0):
        until(lambda: arrivals(place))
        time.sleep(0.3)
        shelf.studies[whole.uid][last[0]] = last[1]
        until(lambda: shelf.dropped)
    assert shelf.fetched == 1
    assert len(rows(place.engine, "SELECT id FROM study")) == 1


def test_more_that_comes_later_is_a_new_version_of_the_study(place: Place) -> None:
    whole = head()
    *first, last = whole.series.items()
    shelf = Shelf({whole.uid: dict(first)})
    with gathering(place, shelf):
        until(lambda: shelf.dropped)
        shelf.studies[whole.uid][last[0]] = last[1]
        until(lambda: len(shelf.dropped) == 2)
    old, new = rows(place.engine, "SELECT id, replaces FROM study ORDER BY received_at")
    assert (old[1], new[1]) == (None, old[0])


@pytest.mark.parametrize(
    ("channels", "tags", "rule", "cause", "category"),
    [
        ((Channel.T1,), {}, {}, "reading.dicom.no_flair", "Series error"),
        (tuple(Channel), {"BodyPartExamined": "KNEE"}, {}, "pacs.no_head", "Body part error"),
        (tuple(Channel), {}, {"sender": "MR*", "ignore": True}, "pacs.ignored", None),
        (tuple(Channel), {"Modality": "CT"}, {}, "pacs.no_pictures", "Modality error"),
    ],
)
def test_what_is_not_for_us_is_left_alone_and_says_why(
    place: Place, channels, tags, rule, cause: str, category: str | None
) -> None:
    one = head(channels, **tags)
    shelf = Shelf({one.uid: one.series})
    told = {"kind": "messages", "name": "notices", "path": "messages.jsonl"}
    with gathering(place, shelf, rule=[rule] if rule else [], destination=[told]):
        until(lambda: arrivals(place) and arrivals(place)[0][0] == "left")
    assert cause in str(arrivals(place)[0][1])
    assert rows(place.engine, "SELECT id FROM study") == []
    # Whoever sent the study for us hears of it, once; of what a rule keeps from us nobody does.
    notices = [outbox.claim(place.engine, "notices"), outbox.claim(place.engine, "notices")]
    said = [one.notice for one in notices if one and one.notice]
    assert [one["aiResult"]["error"] for one in said] == ([category] if category else [])
    assert all(notice["studyIUID"] == one.uid for notice in said)


def test_a_source_that_sleeps_is_asked_again(place: Place, monkeypatch) -> None:
    monkeypatch.setattr("glioscope.pacs.arrivals._FIRST_PAUSE_MS", 10)
    one = head()
    shelf = Shelf({one.uid: one.series})
    with gathering(place, shelf):
        until(lambda: arrivals(place))
        shelf.down = True
        time.sleep(0.3)
        assert not rows(place.engine, "SELECT id FROM study WHERE 1 = 0")
        shelf.down = False
        until(lambda: shelf.dropped)
    assert len(rows(place.engine, "SELECT id FROM study")) == 1


def test_a_disk_that_fills_up_meanwhile_leaves_nothing_behind_and_it_goes_on(
    place: Place, monkeypatch
) -> None:
    monkeypatch.setattr("glioscope.pacs.arrivals._FIRST_PAUSE_MS", 10)
    full = [True]
    one = head((Channel.FLAIR,))

    class Filling(Shelf):
        def fetch(self, study_uid, series, folder: Path) -> None:
            super().fetch(study_uid, series, folder)
            if full[0]:
                raise OSError(errno.ENOSPC, "No space left on device")

    shelf = Filling({one.uid: one.series})
    with gathering(place, shelf):
        until(lambda: "No space left" in str(arrivals(place)))
        assert rows(place.engine, "SELECT id FROM study") == []
        full[0] = False
        until(lambda: shelf.dropped)
    assert len(rows(place.engine, "SELECT id FROM study")) == 1
    assert list(Path(place.store.scratch).glob("arrival-*")) == []


def test_what_a_person_handed_in_before_is_sent_too(place: Place) -> None:
    one = head((Channel.FLAIR,))
    received = place.store.scratch / "upload"
    (received / "study").mkdir(parents=True)
    for number, content in enumerate(one.files):
        (received / "study" / f"{number}.dcm").write_bytes(content)
    [by_hand] = take_in(place.engine, place.store, received, wake=place.wake)
    shelf = Shelf({one.uid: one.series})
    with gathering(place, shelf):
        until(lambda: shelf.dropped)
    [(study_id, source, route)] = rows(place.engine, "SELECT id, source, route FROM study")
    assert (study_id, source) == (by_hand.study_id, "shelf")
    assert "send_to" in str(route)


def test_without_room_nothing_is_taken_and_then_it_goes_on(place: Place, monkeypatch) -> None:
    monkeypatch.setattr("glioscope.pacs.arrivals._FIRST_PAUSE_MS", 10)
    room = [0]
    monkeypatch.setattr(type(place.store), "free_bytes", lambda _: room[0])
    one = head()
    shelf = Shelf({one.uid: one.series})
    with gathering(place, shelf, keep_free_mb=1):
        until(lambda: "pacs.no_room" in str(arrivals(place)))
        assert rows(place.engine, "SELECT id FROM study") == []
        room[0] = 2**30
        until(lambda: shelf.dropped)
    assert list(Path(place.store.scratch).glob("arrival-*")) == []
