"""The blind rule as every route asks it: what the model and others say is kept from blind readers.

What it allows is told by `glioscope.reviews.sight`.
"""

from http import HTTPStatus

from glioscope.reviews.sight import Sight, sight_of
from glioscope.server.access.roles import Who
from glioscope.server.context import Context
from glioscope.server.problems import Problem


def sight(here: Context, who: Who, study_id: str) -> Sight:
    """What somebody may see of a study."""
    with here.reads.connect() as connection:
        return sight_of(connection, who.name, study_id)


def require_model(here: Context, who: Who, study_id: str) -> None:
    """Keep the model's answer from a blind reader."""
    if not sight(here, who, study_id).model:
        raise blind()


def require_others(here: Context, who: Who, study_id: str) -> None:
    """Keep what others made of a study from a blind reader."""
    if not sight(here, who, study_id).others:
        raise blind()


def require_author(here: Context, who: Who, study_id: str, author: str) -> None:
    """Keep what somebody made of a study from a blind reader, unless it is his own."""
    if author != who.name:
        require_others(here, who, study_id)


def blind() -> Problem:
    """That he reads the study for a list, and has not handed in."""
    return Problem(HTTPStatus.FORBIDDEN, "server.blind")
