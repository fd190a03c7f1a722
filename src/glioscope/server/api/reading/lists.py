"""Reading lists: studies that readers outline blind, and how far they agree."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from statistics import median

from fastapi import APIRouter
from sqlalchemy import Connection, Row

from glioscope.database.tables import ReadingList
from glioscope.reviews import lists
from glioscope.reviews.pairs import outlines_of
from glioscope.reviews.sight import sight_of
from glioscope.server.access import audit, users
from glioscope.server.access.guard import Admin, Viewer, note
from glioscope.server.access.roles import LOCAL, Role, Who
from glioscope.server.access.sight import blind
from glioscope.server.api.reading.agreement import pair_shapes
from glioscope.server.api.reading.shapes import (
    ListAgreement,
    ListedStudy,
    ListGiven,
    Lists,
    ListShape,
    Median,
    PairShape,
    StudyAgreement,
)
from glioscope.server.context import Context, Here
from glioscope.server.problems import Problem

router = APIRouter(prefix="/lists", tags=["reading"])


@router.get("")
def list_lists(here: Here, who: Viewer) -> Lists:
    """Lists that one reads; admins see all."""
    everyone = who.role.includes(Role.ADMIN)
    with here.reads.connect() as connection:
        rows = lists.lists_for(connection, None if everyone else who.name)
        return Lists(lists=[_shape(connection, row, who) for row in rows])


@router.post("", status_code=HTTPStatus.CREATED)
def new_list(given: ListGiven, here: Here, who: Admin) -> ListShape:
    """Open a list: from now on its readers see of its studies only the pictures."""
    readers, studies = list(dict.fromkeys(given.readers)), list(dict.fromkeys(given.studies))
    with here.engine.begin() as connection:
        _require_readers(connection, readers)
        if lists.known(connection, studies) != set(studies):
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.no_study")
        list_id = lists.new_list(
            connection, given.name, readers, studies, given.model_shown, who.name
        )
        audit.record(connection, who.name, "open list", list_id)
        return _shape(connection, _row(connection, list_id), who)


@router.get("/{list_id}")
def get_list(list_id: str, here: Here, who: Viewer) -> ListShape:
    """One list."""
    with here.reads.connect() as connection:
        return _shape(connection, _seen(connection, list_id, who), who)


@router.post("/{list_id}/close")
def close_list(list_id: str, here: Here, who: Admin) -> ListShape:
    """End the blind reading: everybody sees everything from now on."""
    with here.engine.begin() as connection:
        _row(connection, list_id)
        if not lists.close(connection, list_id):
            raise Problem(HTTPStatus.CONFLICT, "server.list_closed")
        audit.record(connection, who.name, "close list", list_id)
        return _shape(connection, _row(connection, list_id), who)


@router.delete("/{list_id}", status_code=HTTPStatus.NO_CONTENT)
def delete_list(list_id: str, here: Here, who: Admin) -> None:
    """Remove a list; outlines and reviews made for it stay with their studies."""
    with here.engine.begin() as connection:
        if not lists.remove(connection, list_id):
            raise Problem(HTTPStatus.NOT_FOUND, "server.no_list")
        audit.record(connection, who.name, "delete list", list_id)


@router.get("/{list_id}/agreement")
def get_list_agreement(list_id: str, here: Here, who: Viewer) -> ListAgreement:
    """How far its readers agree; for those who read it once it is closed, else for admins."""
    with here.reads.connect() as connection:
        row = _seen(connection, list_id, who)
        reader = who.name in lists.readers_of(connection, list_id)
        if row.closed_at is None and (reader or not who.role.includes(Role.ADMIN)):
            raise blind()
        studies = [study.id for study in lists.studies_of(connection, list_id)]
        found = [*_agreements(connection, here, who, list_id, studies)]
    note(here, who, "view", f"{list_id} agreement")
    return ListAgreement(studies=found, medians=_medians(found))


def _agreements(
    connection: Connection, here: Context, who: Who, list_id: str, studies: Sequence[str]
) -> Iterator[StudyAgreement]:
    for study in studies:
        # Of one that is on another open list of his he sees what that one allows.
        seen = sight_of(connection, who.name, study)
        outlines = outlines_of(connection, study, who.name, seen, list_id)
        yield StudyAgreement(id=study, pairs=pair_shapes(here, outlines))


def _medians(studies: Sequence[StudyAgreement]) -> list[Median]:
    of_two: defaultdict[tuple[str, str], list[PairShape]] = defaultdict(list)
    for study in studies:
        for pair in study.pairs:
            of_two[pair.a.who, pair.b.who].append(pair)
    return [
        Median(
            a=a,
            b=b,
            studies=len(pairs),
            dice=_median([pair.dice for pair in pairs]),
            kappa=_median([pair.kappa for pair in pairs]),
            volume_difference_ml=_median([pair.volume_difference_ml for pair in pairs]),
        )
        for (a, b), pairs in sorted(of_two.items())
    ]


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _require_readers(connection: Connection, readers: Sequence[str]) -> None:
    """Those who may draw; on a server without users, whoever uses it."""
    there = users.all_users(connection)
    able = {u.name for u in there if not u.disabled and Role(u.role).includes(Role.READER)}
    if not there:
        able = {LOCAL.name}
    for reader in readers:
        if reader not in able:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.no_reader", name=reader)


def _row(connection: Connection, list_id: str) -> Row[ReadingList]:
    row = lists.list_of(connection, list_id)
    if row is None:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_list")
    return row


def _seen(connection: Connection, list_id: str, who: Who) -> Row[ReadingList]:
    """A list that one reads, or any for admins; others need not know that it is there."""
    row = _row(connection, list_id)
    if who.role.includes(Role.ADMIN) or who.name in lists.readers_of(connection, list_id):
        return row
    raise Problem(HTTPStatus.NOT_FOUND, "server.no_list")


def _shape(connection: Connection, row: Row[ReadingList], who: Who) -> ListShape:
    readers = lists.readers_of(connection, row.id)
    read = lists.handed_in(connection, row.id)
    only_own = row.closed_at is None and who.name in readers
    return ListShape(
        id=row.id,
        name=row.name,
        model_shown=row.model_shown,
        created_by=row.created_by,
        created_at=row.created_at,
        closed_at=row.closed_at,
        readers=readers,
        studies=[
            ListedStudy(
                id=study.id,
                name=study.name,
                position=study.position,
                read_by=sorted(
                    name for name in read.get(study.id, ()) if not only_own or name == who.name
                ),
            )
            for study in lists.studies_of(connection, row.id)
        ],
    )
