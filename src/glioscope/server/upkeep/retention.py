"""Studies that are deleted: by somebody, or because they were finished long enough ago."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, or_, select

from glioscope.database.engine import now_ms
from glioscope.database.tables import (
    Draft,
    Job,
    ListStudy,
    ReadingList,
    Result,
    Review,
    Study,
    Version,
)
from glioscope.jobs.states import ENDED
from glioscope.server.access import audit
from glioscope.server.context import Context

DAY_MS = 86_400_000
# Who deletes by the clock, in the audit.
_BY = "retention"


@dataclass(frozen=True)
class Due:
    """What has been kept long enough.

    Attributes:
        studies: their ids, the longest finished first.
        held: how many more are as old, but wait for somebody: a draft, a review without signature,
            a reading list that is open.
    """

    studies: list[str]
    held: int


def due(connection: Connection, days: float) -> Due:
    """Studies on which nothing was done for so many days."""
    before = now_ms(connection) - round(days * DAY_MS)
    held = select(func.count()).select_from(_finished(before).where(_waits()).subquery())
    free = _free(before).order_by(Job.finished_at)
    return Due(list(connection.scalars(free)), connection.scalar(held) or 0)


def keep_no_longer(here: Context, days: float) -> int:
    """Delete what has been kept long enough, each with a row in the audit; how many they were.

    Several processes may do so at once.
    """
    with here.reads.connect() as connection:
        found = due(connection, days).studies
    done = 0
    for study_id in found:
        with here.engine.begin() as connection:
            # Somebody may have begun to draw since, or have deleted it.
            before = now_ms(connection) - round(days * DAY_MS)
            still = _free(before).where(Study.id == study_id)
            if not _locked(connection, study_id) or connection.scalar(still) is None:
                continue
            folders = forget(connection, study_id)
            audit.record(connection, _BY, "delete", study_id)
        _remove(here, folders)
        done += 1
    return done


def remove(here: Context, study_id: str, who: str) -> bool:
    """Delete a study, whatever its state, with a row in the audit; False where there is none."""
    with here.engine.begin() as connection:
        if not _locked(connection, study_id):
            return False
        folders = forget(connection, study_id)
        audit.record(connection, who, "delete", study_id)
    _remove(here, folders)
    return True


def forget(connection: Connection, study_id: str) -> list[str]:
    """Delete a study's rows; the folders of the store that are nobody's once this is committed.

    What was handed in stays where another study came with it.
    """
    folder = connection.scalars(select(Study.folder).where(Study.id == study_id)).one()
    folders = [
        name
        for table in (Result, Version)
        for name in connection.scalars(select(table.folder).where(table.study_id == study_id))
    ]
    connection.execute(delete(Study).where(Study.id == study_id))
    shared = connection.scalar(select(Study.id).where(Study.folder == folder).limit(1))
    return folders if shared else [*folders, folder]


def _locked(connection: Connection, study_id: str) -> bool:
    """Whether the study is there, and then nobody else's until this is committed."""
    query = select(Study.id).where(Study.id == study_id).with_for_update()
    return connection.scalar(query) is not None


def _remove(here: Context, folders: list[str]) -> None:
    for name in folders:
        here.store.remove(name)


def _finished(before: int) -> Select[str]:
    """Ids of studies whose analysis ended before then, and that nobody has judged since."""
    late = or_(
        exists().where(Version.study_id == Study.id, Version.created_at >= before),
        exists().where(Review.study_id == Study.id, Review.created_at >= before),
        exists().where(Review.study_id == Study.id, Review.signed_at >= before),
    )
    return (
        select(Study.id)
        .join(Job, Job.study_id == Study.id)
        .where(Job.state.in_(ENDED), Job.finished_at < before, ~late)
    )


def _free(before: int) -> Select[str]:
    return _finished(before).where(~_waits())


def _waits() -> ColumnElement[bool]:
    listed = exists().where(
        ListStudy.study_id == Study.id,
        ListStudy.list_id == ReadingList.id,
        ReadingList.closed_at.is_(None),
    )
    return or_(
        exists().where(Draft.study_id == Study.id),
        exists().where(Review.study_id == Study.id, Review.signed_at.is_(None)),
        listed,
    )
