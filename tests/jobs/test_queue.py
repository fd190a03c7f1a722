"""The job table: who gets which job, and what becomes of it, whoever dies meanwhile."""

import time

import pytest
from sqlalchemy import select, update

from glioscope.database.tables import Job, Result
from glioscope.jobs import queue
from glioscope.jobs.queue import ClaimLost
from glioscope.jobs.ranks import Found, rank
from glioscope.jobs.states import State
from glioscope.texts.message import message

LEASE = 60_000
WHY = message("text", text="why")


def found(token: str) -> Found:
    return Found(
        id=token,
        folder=f"results/{token}",
        decision="tumour",
        probability=0.9,
        volume_ml=1.0,
        volume_low=None,
        volume_high=None,
        gate="fit",
        slices=[1, 2],
        model="toy",
        model_version="1",
    )


def job(engine, study_id):
    with engine.connect() as connection:
        return connection.execute(select(Job).where(Job.study_id == study_id)).mappings().one()


def results(engine):
    with engine.connect() as connection:
        return list(connection.execute(select(Result)))


def expire(engine):
    with engine.begin() as connection:
        connection.execute(update(Job).values(lease_until=1))


def due(engine):
    with engine.begin() as connection:
        connection.execute(update(Job).values(due_at=0))


def test_urgent_first_then_oldest(engine, study) -> None:
    first, second = study(), study()
    urgent = study(priority=10)
    got = [queue.claim(engine, "w", LEASE) for _ in range(4)]
    assert [claim.study_id if claim else None for claim in got] == [urgent, first, second, None]


def test_a_result_and_the_end_of_its_job_are_one_change(engine, study) -> None:
    one = study()
    claim = queue.claim(engine, "w", LEASE)
    queue.finish(engine, claim, found(claim.token))
    done = job(engine, one)
    assert (done["state"], done["token"]) == (State.DONE, None)
    assert done["finished_at"] >= done["started_at"]
    assert [row.study_id for row in results(engine)] == [one]
    listed = ("decision", "gate", "sort_probability", "sort_volume")
    assert tuple(done[name] for name in listed) == ("tumour", "fit", 0.9, 1.0)


def test_who_lost_his_claim_changes_nothing(engine, study) -> None:
    study()
    late = queue.claim(engine, "slow", LEASE)
    expire(engine)
    other = queue.claim(engine, "quick", LEASE)
    assert other.job_id == late.job_id and other.token != late.token
    for change in (
        lambda: queue.renew(engine, late, LEASE, "network", 1, 2),
        lambda: queue.finish(engine, late, found(late.token)),
        lambda: queue.fail(engine, late, WHY),
        lambda: queue.refuse(engine, late, WHY),
        lambda: queue.give_back(engine, late),
        lambda: queue.cancelled(engine, late),
    ):
        with pytest.raises(ClaimLost):
            change()
    assert results(engine) == []
    queue.finish(engine, other, found(other.token))
    with pytest.raises(ClaimLost):
        queue.finish(engine, other, found("twice"))
    assert len(results(engine)) == 1


def test_three_failures_end_a_job_and_keep_the_last_cause(engine, study) -> None:
    one = study()
    for times in (1, 2, 3):
        due(engine)
        queue.fail(engine, queue.claim(engine, "w", LEASE), message("text", text=f"{times}"), "x")
        assert job(engine, one)["state"] == (State.FAILED if times == 3 else State.WAITING)
    ended = job(engine, one)
    assert ended["child_failures"] == 3 and ended["worker_losses"] == 0
    assert ended["cause"]["values"] == {"text": "3"} and ended["cause_detail"] == "x"


def test_a_failed_job_waits_before_it_is_tried_again(engine, study) -> None:
    one = study()
    queue.fail(engine, queue.claim(engine, "w", LEASE), WHY)
    assert job(engine, one)["due_at"] > time.time() * 1000 + 1000
    assert queue.claim(engine, "w", LEASE) is None


def test_lost_workers_are_counted_apart(engine, study) -> None:
    one = study()
    for times in range(queue.MOST_LOSSES):
        assert queue.claim(engine, f"w{times}", LEASE)
        expire(engine)
    assert queue.claim(engine, "w", LEASE) is None
    ended = job(engine, one)
    assert (ended["state"], ended["worker_losses"], ended["child_failures"]) == (
        State.FAILED,
        queue.MOST_LOSSES,
        0,
    )
    assert ended["cause"]["code"] == "server.worker_lost"


def test_a_study_refused_is_not_tried_again_unless_asked(engine, study) -> None:
    one = study()
    queue.refuse(engine, queue.claim(engine, "w", LEASE), WHY)
    assert job(engine, one)["state"] == State.REFUSED
    assert queue.claim(engine, "w", LEASE) is None
    with engine.begin() as connection:
        assert queue.retry(connection, one)
        assert not queue.retry(connection, one), "it waits by now"
    again = queue.claim(engine, "w", LEASE)
    assert again.study_id == one
    assert job(engine, one)["cause"] is None


def test_cancelling_a_waiting_job_ends_it_at_once(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        assert queue.cancel(connection, one)
        assert not queue.cancel(connection, one)
    assert job(engine, one)["state"] == State.CANCELLED
    assert queue.claim(engine, "w", LEASE) is None


def test_the_worker_of_a_cancelled_job_is_told(engine, study) -> None:
    one = study()
    claim = queue.claim(engine, "w", LEASE)
    assert queue.renew(engine, claim, LEASE, "network", 3, 9)
    assert (job(engine, one)["done"], job(engine, one)["total"]) == (3, 9)
    with engine.begin() as connection:
        assert queue.cancel(connection, one)
    assert not queue.renew(engine, claim, LEASE, "network", 4, 9)
    queue.cancelled(engine, claim)
    assert job(engine, one)["state"] == State.CANCELLED


def test_a_cancelled_job_of_a_lost_worker_stays_cancelled(engine, study) -> None:
    one = study()
    queue.claim(engine, "w", LEASE)
    with engine.begin() as connection:
        queue.cancel(connection, one)
    expire(engine)
    assert queue.claim(engine, "w", LEASE) is None
    ended = job(engine, one)
    assert (ended["state"], ended["rank"]) == (State.CANCELLED, rank(State.CANCELLED, 0))


def test_a_job_given_back_costs_no_attempt(engine, study) -> None:
    one = study()
    queue.give_back(engine, queue.claim(engine, "w", LEASE))
    back = job(engine, one)
    assert (back["state"], back["child_failures"], back["worker_losses"]) == (State.WAITING, 0, 0)
    assert queue.claim(engine, "w", LEASE).study_id == one


def test_a_job_changes_its_place_in_the_list(engine, study) -> None:
    one = study()
    claim = queue.claim(engine, "w", LEASE)
    queue.finish(engine, claim, found(claim.token))
    assert job(engine, one)["rank"] == rank(State.DONE, 0, 0.9)
    with engine.begin() as connection:
        assert queue.urge(connection, one, 10)
    assert job(engine, one)["rank"] == rank(State.DONE, 10, 0.9)
