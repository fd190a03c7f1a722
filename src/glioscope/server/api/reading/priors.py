"""Earlier studies of the patient."""

from fastapi import APIRouter

from glioscope.reviews.priors import priors_of
from glioscope.reviews.sight import EVERYTHING, limits
from glioscope.server.access.guard import Viewer
from glioscope.server.api.reading.asked import require_study
from glioscope.server.api.reading.shapes import Prior, Priors
from glioscope.server.api.shapes import day
from glioscope.server.context import Here

router = APIRouter(prefix="/studies/{study_id}/priors", tags=["reading"])


@router.get("")
def list_priors(study_id: str, here: Here, who: Viewer) -> Priors:
    """Earlier studies of the same patient that have a result, newest first."""
    with here.reads.connect() as connection:
        require_study(connection, study_id)
        hidden = limits(connection, who.name)
        rows = priors_of(connection, study_id)
    found: list[Prior] = []
    for row in rows:
        shown = hidden.get(row.id, EVERYTHING).model
        found.append(
            Prior(
                id=row.id,
                study_date=day(row.study_date),
                name=row.name,
                decision=row.decision if shown else None,
                volume_ml=row.volume_ml if shown else None,
            )
        )
    return Priors(priors=found)
