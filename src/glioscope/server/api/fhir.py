"""What was found, as FHIR R4, for a hospital's information system."""

import json
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, select

from glioscope.database.tables import Review, Study
from glioscope.jobs.results import FILES
from glioscope.server.access.guard import Viewer, note
from glioscope.server.access.roles import Who
from glioscope.server.access.sight import require_model
from glioscope.server.context import Here
from glioscope.server.stored import last_result, stored_file
from glioscope.writing.fhir.bundle import Whose, fhir_bundle

router = APIRouter(prefix="/studies/{study_id}", tags=["results"])


class FhirResponse(JSONResponse):
    """JSON under FHIR's own name."""

    media_type = "application/fhir+json"


@router.get("/fhir", response_class=FhirResponse)
def get_fhir(study_id: str, here: Here, who: Viewer) -> dict[str, Any]:
    """The last result as a FHIR R4 Bundle (collection): report, measurements, study, software.

    The patient is named to those who may see who he is.
    """
    found = last_result(here, study_id)
    require_model(here, who, study_id)
    with stored_file(here, found.folder, FILES, "analysis.json") as path:
        document = json.loads(path.read_text(encoding="utf-8"))
    with here.reads.connect() as connection:
        whose = _whose(connection, study_id, who)
        status = _status(connection, study_id)
    note(here, who, "export", f"{study_id} fhir")
    return fhir_bundle(
        document, name=found.id, issued_ms=found.created_at, whose=whose, status=status
    )


def _whose(connection: Connection, study_id: str, who: Who) -> Whose | None:
    if not who.sees_identity:
        return None
    columns = (
        Study.patient_id,
        Study.patient_name,
        Study.study_uid,
        Study.accession,
        Study.study_date,
    )
    query = select(*columns).where(Study.id == study_id)
    return Whose(**connection.execute(query).mappings().one())


def _status(connection: Connection, study_id: str) -> Literal["preliminary", "final"]:
    """Final where the last signed review, outside of reading lists, accepts the model's figures."""
    verdict = connection.scalar(
        select(Review.verdict)
        .where(
            Review.study_id == study_id,
            Review.signed_at.is_not(None),
            Review.list_id.is_(None),
        )
        .order_by(Review.number.desc())
        .limit(1)
    )
    return "final" if verdict == "accept" else "preliminary"
