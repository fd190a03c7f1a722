"""What is deleted by its age: finished, old, and waiting for nobody; each is in the audit."""

import secrets
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import (
    Audit,
    Draft,
    Job,
    ListStudy,
    ReadingList,
    Result,
    Review,
    Study,
    Version,
)
from glioscope.jobs.states import ENDED, State
from glioscope.server.upkeep.retention import DAY_MS, due, keep_no_longer, remove

OLD, YOUNG = 40, 20
DAYS = 30


def folder(here, name: str) -> str:
    made = here.context.store.scratch / secrets.token_hex(8)
    made.mkdir()
    (made / "x").write_text("x")
    here.context.store.put(made, name)
    return name


@pytest.fixture
def study(empty):
    """Add a study that was finished so many days ago; its id."""

    def add(days: int = OLD, state: State = State.DONE, upload: str | None = None) -> str:
        one = secrets.token_hex(16)
        held = upload or folder(empty, f"uploads/{one}")
        result = folder(empty, f"results/{one}")
        with empty.context.engine.begin() as connection:
            at = now_ms(connection) - days * DAY_MS
            row = {"id": one, "key": one, "name": "x", "kind": "nifti", "folder": held}
            connection.execute(insert(Study).values(**row, place=0, received_at=at))
            job = {"study_id": one, "state": state, "created_at": at, "due_at": at}
            job_id = connection.execute(
                insert(Job).values(**job, finished_at=at if state in ENDED else None)
            ).inserted_primary_key[0]
            connection.execute(
                insert(Result).values(
                    **{"id": one, "job_id": job_id, "study_id": one, "folder": result},
                    **{"created_at": at, "decision": "tumour", "slices": []},
                    **{"model": "m", "model_version": "1"},
                )
            )
        return one

    return add


def put(here, table: Any, **values: Any) -> None:
    with here.context.engine.begin() as connection:
        connection.execute(insert(table).values(**values))


def left(here) -> set[str]:
    with here.context.engine.connect() as connection:
        return set(connection.scalars(select(Study.id)))


def stored(here) -> set[str]:
    store = here.context.store
    return {name for parent in ("uploads", "results", "versions") for name in store.names(parent)}


@pytest.mark.parametrize("state", ENDED)
def test_what_was_finished_long_ago_goes_with_its_files(empty, study, state) -> None:
    old, young = study(state=state), study(YOUNG)
    assert keep_no_longer(empty.context, DAYS) == 1
    assert left(empty) == {young}
    assert stored(empty) == {f"uploads/{young}", f"results/{young}"}
    with empty.context.engine.connect() as connection:
        rows = [(r.who, r.action, r.object) for r in connection.execute(select(Audit))]
    assert rows == [("retention", "delete", old)]
    assert keep_no_longer(empty.context, DAYS) == 0


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING])
def test_what_is_not_finished_stays(empty, study, state) -> None:
    one = study(state=state)
    assert keep_no_longer(empty.context, DAYS) == 0 and left(empty) == {one}


def review(study_id: str, at: int, signed_at: int | None) -> dict[str, Any]:
    return {
        **{"id": secrets.token_hex(16), "study_id": study_id, "number": 1, "reader": "anna"},
        **{"verdict": "accept", "created_at": at, "signed_at": signed_at},
    }


def listed(here, study_id: str, closed_at: int | None) -> None:
    one = {"id": "l", "name": "l", "model_shown": "never", "created_by": "x", "created_at": 1}
    put(here, ReadingList, **one, closed_at=closed_at)
    put(here, ListStudy, list_id="l", study_id=study_id, position=1)


def draft(here, study_id: str) -> None:
    one = {"study_id": study_id, "author": "anna", "list_id": "", "base": "model"}
    put(here, Draft, **one, content=b"", saved_at=1)


@pytest.mark.parametrize("kind", ["draft", "review", "list"])
def test_what_waits_for_somebody_stays_and_is_counted(empty, study, kind) -> None:
    one = study()
    if kind == "draft":
        draft(empty, one)
    elif kind == "review":
        put(empty, Review, **review(one, 1, None))
    else:
        listed(empty, one, None)
    with empty.context.engine.connect() as connection:
        assert due(connection, DAYS).held == 1
    assert keep_no_longer(empty.context, DAYS) == 0 and left(empty) == {one}


def test_what_is_signed_and_closed_goes_with_its_versions(empty, study) -> None:
    one = study()
    put(empty, Review, **review(one, 1, 2))
    listed(empty, one, 3)
    version = {"id": "v", "study_id": one, "number": 1, "author": "anna", "base": "model"}
    held = folder(empty, "versions/v")
    put(empty, Version, **version, folder=held, created_at=1, voxels=1)
    assert keep_no_longer(empty.context, DAYS) == 1
    assert stored(empty) == set()


def test_the_days_count_from_the_last_that_was_done(empty, study) -> None:
    one, other = study(), study()
    with empty.context.engine.begin() as connection:
        late = now_ms(connection) - YOUNG * DAY_MS
    put(empty, Review, **review(one, 1, late))
    version = {"id": "v", "study_id": other, "number": 1, "author": "anna", "base": "model"}
    put(empty, Version, **version, folder="versions/v", created_at=late, voxels=1)
    assert keep_no_longer(empty.context, DAYS) == 0
    with empty.context.engine.begin() as connection:
        connection.execute(update(Review).values(signed_at=2))
    assert keep_no_longer(empty.context, DAYS) == 1 and left(empty) == {other}


def test_what_was_handed_in_together_stays_until_the_last_goes(empty, study) -> None:
    shared = folder(empty, "uploads/shared")
    old, young = study(upload=shared), study(YOUNG, upload=shared)
    assert keep_no_longer(empty.context, DAYS) == 1
    assert shared in stored(empty)
    assert remove(empty.context, young, "anna")
    assert stored(empty) == set()
    assert not remove(empty.context, old, "anna")


def test_two_that_sweep_at_once_delete_each_study_once(empty, study, monkeypatch) -> None:
    for _ in range(2):
        study()
    with empty.context.engine.connect() as connection:
        both = due(connection, DAYS)
    monkeypatch.setattr("glioscope.server.upkeep.retention.due", lambda *_: both)
    assert [keep_no_longer(empty.context, DAYS) for _ in range(2)] == [2, 0]
    with empty.context.engine.connect() as connection:
        assert len(list(connection.execute(select(Audit)))) == 2
