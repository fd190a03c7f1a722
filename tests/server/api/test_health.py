"""Whether the server lives, is ready, and how it does."""

from sqlalchemy import insert

from glioscope.database.engine import now_ms
from glioscope.database.tables import Worker


def test_without_a_worker_it_lives_and_is_not_ready(empty) -> None:
    assert empty.client.get("/health").json() == {"state": "alive"}
    answer = empty.client.get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {"state": "no worker", "workers": 0, "waiting": 0, "stuck": 0}


def test_a_worker_makes_it_ready_and_one_that_is_gone_does_not(empty, packed) -> None:
    empty.hand_in(packed)
    with empty.context.engine.begin() as connection:
        now = now_ms(connection)
        for name, seen in (("living", now), ("gone", now - 3_600_000)):
            connection.execute(
                insert(Worker).values(name=name, state="idle", started_at=seen, seen_at=seen)
            )
    answer = empty.client.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"state": "ready", "workers": 1, "waiting": 1, "stuck": 0}


def test_without_its_database_it_says_so(empty) -> None:
    with empty.context.engine.begin() as connection:
        Worker.__table__.drop(connection)
    assert empty.client.get("/ready").json()["state"] == "no database"


def test_metrics_count_and_name_nobody(empty, packed) -> None:
    empty.hand_in(packed)
    text = empty.client.get("/metrics").text
    assert 'glioscope_jobs{state="waiting"} 1.0' in text
    assert "glioscope_workers 0.0" in text and "glioscope_free_bytes" in text
    assert "Ivanova" not in text and "A-1" not in text
