"""Who has a study open."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from glioscope.reviews import presence
from glioscope.server.access.guard import Viewer
from glioscope.server.api.reading.asked import hold
from glioscope.server.api.reading.shapes import Present
from glioscope.server.context import Here

router = APIRouter(prefix="/studies/{study_id}/presence", tags=["reading"])

Page = Annotated[
    str, Query(pattern="^[0-9A-Za-z_-]{1,32}$", description="A random word of the page.")
]


@router.put("")
def renew_presence(study_id: str, page: Page, here: Here, who: Viewer) -> Present:
    """Say that one has the study open, and who else has; to be said again within a minute."""
    with here.engine.begin() as connection:
        hold(connection, study_id)
        presence.renew(connection, study_id, page, who.name)
        return Present(others=presence.others(connection, [study_id], who.name).get(study_id, []))


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
def end_presence(study_id: str, page: Page, here: Here, who: Viewer) -> None:
    """Say that the page is closed."""
    with here.engine.begin() as connection:
        hold(connection, study_id)
        presence.close(connection, study_id, page, who.name)
