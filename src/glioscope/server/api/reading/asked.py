"""What requests of readers have in common: which study, which list, what an outline began with."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from sqlalchemy import Connection, Row, select

from glioscope.database.tables import Result, Study
from glioscope.reviews import lists
from glioscope.reviews.outlines import versions
from glioscope.reviews.sight import sight_of
from glioscope.server.access.roles import Who
from glioscope.server.access.sight import blind
from glioscope.server.problems import Problem

_ID = "[0-9a-f]{32}"
ListId = Annotated[
    str | None, Query(alias="list", pattern=f"^{_ID}$", description="Id of a reading list.")
]
Base = Annotated[
    str,
    Query(pattern=f"^(model|empty|{_ID})$", description="What the outline began with."),
]


def hold(connection: Connection, study_id: str) -> None:
    """Keep others from entering anything for a study until the transaction ends."""
    if not versions.hold(connection, study_id):
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_study")


def require_study(connection: Connection, study_id: str) -> None:
    """404 where there is no such study."""
    if connection.scalar(select(Study.id).where(Study.id == study_id)) is None:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_study")


def require_list(connection: Connection, who: Who, study_id: str, list_id: str | None) -> None:
    """403 unless he reads the study for that list, and it is open."""
    if list_id is not None and not lists.reads(connection, list_id, who.name, study_id):
        raise Problem(HTTPStatus.FORBIDDEN, "server.not_your_list")


def require_base(connection: Connection, who: Who, study_id: str, base: str) -> None:
    """Nobody begins with an outline that he may not see, or that is not there."""
    seen = sight_of(connection, who.name, study_id)
    if base == versions.MODEL:
        if not seen.model:
            raise blind()
    elif base != versions.EMPTY:
        row = versions.version_of(connection, study_id, base)
        if row is None:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.no_version")
        if not seen.others and row.author != who.name:
            raise blind()


def last_result(connection: Connection, study_id: str) -> Row[str, str] | None:
    """Folder and decision of a study's result."""
    return connection.execute(
        select(Result.folder, Result.decision)
        .where(Result.study_id == study_id)
        .order_by(Result.created_at.desc())
        .limit(1)
    ).first()
