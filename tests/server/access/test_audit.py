"""The audit: what was done, in a chain that shows what was tampered with."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

import glioscope
from glioscope.database.tables import Audit
from glioscope.server.access import audit
from glioscope.texts.catalogue import LANGUAGES, sentences


@pytest.fixture
def filled(engine):
    with engine.begin() as connection:
        assert audit.first_fault(connection) is None
        for number in range(6):
            audit.record(connection, f"anna-{number}", "view", f"study {number}")
        assert audit.first_fault(connection) is None
    return engine


@pytest.mark.parametrize("column", ["who", "action", "object"])
def test_a_changed_row_is_found(filled, column) -> None:
    with filled.begin() as connection:
        connection.execute(update(Audit).where(Audit.id == 4).values({column: "other"}))
        assert audit.first_fault(connection) == 4


def test_a_changed_time_is_found(filled) -> None:
    with filled.begin() as connection:
        connection.execute(update(Audit).where(Audit.id == 2).values(at=Audit.at + 1))
        assert audit.first_fault(connection) == 2


@pytest.mark.parametrize(("gone", "found"), [(1, 1), (3, 3), (6, 6)])
def test_a_removed_row_is_found_also_the_last(filled, gone, found) -> None:
    with filled.begin() as connection:
        connection.execute(delete(Audit).where(Audit.id == gone))
        assert audit.first_fault(connection) == found


def test_a_row_put_in_is_found(filled) -> None:
    with filled.begin() as connection:
        row = {"id": 7, "at": 1, "who": "x", "action": "view", "object": None, "hash": "0" * 64}
        connection.execute(insert(Audit).values(**row))
        assert audit.first_fault(connection) == 7


def test_what_is_done_is_written_down(empty, packed) -> None:
    study_id = empty.hand_in(packed)
    empty.study(study_id)
    empty.client.post(f"/api/v1/studies/{study_id}/cancel")
    empty.client.delete(f"/api/v1/studies/{study_id}")
    page = empty.client.get("/api/v1/audit").json()
    assert page["more"] is False
    assert [(row["who"], row["action"], row["object"]) for row in reversed(page["rows"])] == [
        ("local", action, study_id) for action in ("hand in", "view", "cancel", "delete")
    ]


def test_exports_are_written_down_with_the_file(analysed) -> None:
    here, study_id = analysed
    here.client.get(f"/api/v1/studies/{study_id}/files/seg.dcm")
    with here.context.engine.connect() as connection:
        last = connection.execute(select(Audit).order_by(Audit.id.desc())).first()
    assert (last.action, last.object) == ("export", f"{study_id} seg.dcm")


def test_pictures_that_are_looked_at_are_written_down(analysed) -> None:
    here, study_id = analysed
    for path in ("view/flair.nii.gz", "slices/3.png"):
        assert here.client.get(f"/api/v1/studies/{study_id}/{path}").status_code == 200
    with here.context.engine.connect() as connection:
        rows = list(connection.execute(select(Audit).order_by(Audit.id.desc()).limit(2)))
    assert [(row.action, row.object) for row in rows] == [
        ("view", f"{study_id} flair axial 3"),
        ("view", f"{study_id} flair.nii.gz"),
    ]


def recorded() -> set[str]:
    """Actions that the server and the commands around it record, as they are stored."""
    found = set()
    for room in ("server", "cli/server"):
        for path in (Path(glioscope.__file__).parent / room).rglob("*.py"):
            calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if type(n) is ast.Call]
            for call in calls:
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                if name not in ("record", "note") or len(call.args) < 3:
                    continue
                action = call.args[2]
                parts = [action.body, action.orelse] if isinstance(action, ast.IfExp) else [action]
                found |= {part.value for part in parts if isinstance(part, ast.Constant)}
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_action_has_words_in_both_languages(lang) -> None:
    actions = recorded()
    assert {"view", "sign", "not urgent", "delete list"} <= actions
    codes = {
        f"page.admin.action.{action.replace(', ', '_').replace(' ', '_')}" for action in actions
    }
    assert codes - sentences(lang).keys() == set()
