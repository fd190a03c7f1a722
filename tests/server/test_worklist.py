"""The work list on either database, beside the same list made without one."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product

import pytest
from sqlalchemy import Engine, insert

from databases import engine, postgres_url
from glioscope.database.tables import Job, Result, Study
from glioscope.jobs.ranks import Found, listed, rank
from glioscope.jobs.states import State
from glioscope.server.worklist import Wanted, change, one, page

__all__ = ["engine", "postgres_url"]
COUNT = 40
SORTS = ("urgency", "received", "date", "probability", "volume")
_FOUND = {"volume_low": None, "volume_high": None, "slices": [1, 2], "model": "m"}


def made(number: int, chance: random.Random) -> dict:
    """A study in plain values; every fourth waits, and every seventh was not judged."""
    probability = None if number % 7 == 0 else round(chance.random(), 2)
    return {
        "id": f"{number:032x}",
        "number": number,
        "name": f"dicom-{number:02d}",
        "day": None if number % 5 == 0 else f"2026{1 + number % 12:02d}17",
        "patient": f"p{number // 3}",
        "found": None
        if number % 4 == 0
        else Found(
            id=f"r{number}",
            folder="f",
            decision="not analysed"
            if probability is None
            else "tumour"
            if probability > 0.5
            else "no tumour",
            probability=probability,
            volume_ml=None if probability is None else 10 * probability,
            gate=("fit", "warned", None)[number % 3],
            model_version="1",
            **_FOUND,
        ),
    }


@pytest.fixture
def table(engine: Engine) -> Iterator[tuple[Engine, list[dict]]]:
    chance = random.Random(1)
    studies = [made(number, chance) for number in range(1, COUNT + 1)]
    with engine.begin() as connection:
        for one_of in studies:
            _put_in(connection, one_of)
    yield engine, studies


def _put_in(connection, one_of: dict) -> None:
    number, found = one_of["number"], one_of["found"]
    connection.execute(
        insert(Study).values(
            id=one_of["id"],
            key=f"k{number}",
            name=one_of["name"],
            kind="dicom",
            folder="f",
            received_at=number,
            study_date=one_of["day"],
            patient_key=one_of["patient"],
            patient_name=f"Иванова^Ёлка{number}",
        )
    )
    state = State.DONE if found else State.WAITING
    said = listed(found, 0) if found else {"rank": rank(state, 0)}
    connection.execute(
        insert(Job).values(
            id=number,
            study_id=one_of["id"],
            state=state,
            created_at=number,
            due_at=1,
            sort_date=one_of["day"] or "",
            **said,
        )
    )
    if found:
        values = {**vars(found), "job_id": number, "study_id": one_of["id"], "created_at": 1}
        connection.execute(insert(Result).values(**values))


def expected(studies: list[dict], wanted: Wanted) -> list[str]:
    def hidden(one_of):
        return one_of["id"] in wanted.unseen

    def key(one_of):
        found, number = one_of["found"], one_of["number"]
        seen = found if found and not hidden(one_of) else None
        if wanted.sort == "urgency":
            judged = seen.probability if seen else None
            return rank(State.DONE if found or hidden(one_of) else State.WAITING, 0, judged), number
        if wanted.sort == "received":
            return number, number
        if wanted.sort == "date":
            return one_of["day"] or "", number
        figure = {"probability": "probability", "volume": "volume_ml"}[wanted.sort]
        value = getattr(seen, figure) if seen else None
        return -1 if value is None else value, number

    def meets(one_of):
        found = one_of["found"]
        text = f"{one_of['name']} {one_of['day'] or ''}"
        if wanted.by_identity:
            text += f" иванова^елка{one_of['number']}"
        return (
            (not wanted.state or wanted.state == ("done" if found else "waiting"))
            and (not wanted.decision or (bool(found) and found.decision == wanted.decision))
            and not (wanted.decision and hidden(one_of))
            and (not wanted.gate or (bool(found) and found.gate == wanted.gate))
            and all(word.replace("Ё", "е") in text for word in (wanted.search or "").split())
        )

    kept = [one_of for one_of in studies if meets(one_of)]
    return [one_of["id"] for one_of in sorted(kept, key=key, reverse=True)]


def test_every_kind_of_page_is_that_of_the_plain_list(table) -> None:
    engine, studies = table
    blind = frozenset(one_of["id"] for one_of in studies[::3])
    asked = [
        Wanted(sort=sort, by_identity=True, unseen=unseen, **filters)
        for sort, unseen, filters in product(
            SORTS,
            (frozenset(), blind),
            (
                {},
                {"decision": "tumour"},
                {"decision": "not analysed", "gate": "fit"},
                {"state": "waiting"},
                {"search": "1 Ёлка"},
                {"search": "202602", "gate": "warned"},
            ),
        )
    ]
    asked += [Wanted(search="Ёлка"), Wanted(search="20260117 dicom")]
    with engine.connect() as connection:
        for wanted in asked:
            whole = expected(studies, wanted)
            for offset in (0, 7):
                rows, total = page(connection, wanted, offset, 7)
                assert [row.id for row in rows] == whole[offset : offset + 7], wanted
                assert total == len(whole), wanted
            rows, total = page(connection, wanted, COUNT, 7)
            assert (rows, total) == ([], len(whole)), "behind the end they are counted all the same"
        assert sum(len(expected(studies, wanted)) for wanted in asked) > 300


def test_a_change_is_told_only_between_volumes_that_may_be_seen(table) -> None:
    engine, studies = table
    by_patient: dict[str, list[dict]] = {}
    for one_of in sorted((s for s in studies if s["day"] and s["found"]), key=lambda s: s["day"]):
        by_patient.setdefault(one_of["patient"], []).append(one_of)
    first, second = next(
        (a, b)
        for dated in by_patient.values()
        for a, b in pairwise(dated)
        if a["found"].volume_ml is not None and b["found"].volume_ml is not None
    )
    with engine.connect() as connection:
        row = one(connection, second["id"])
        told = change(row, ())
        difference = second["found"].volume_ml - first["found"].volume_ml
        assert told == (pytest.approx(difference), first["day"])
        assert change(row, {first["id"]}) is None
        assert change(row, {second["id"]}) is None


def test_words_of_a_search_are_no_patterns(table) -> None:
    engine, _ = table
    with engine.connect() as connection:
        for search in ("%", "_", "\\"):
            assert page(connection, Wanted(search=search, by_identity=True), 0, 5) == ([], 0)
        spelled = [Wanted(search=day) for day in ("2026-02-17", "17.02.2026", "2026.02")]
        found = [page(connection, wanted, 0, 50)[1] for wanted in spelled]
        assert found[0] > 0 and len(set(found)) == 1
        assert page(connection, replace(spelled[0], search="Иванова"), 0, 5)[1] == 0
