"""FHIR by the API: named to those who may know, final once somebody has signed."""

import json

from sqlalchemy import delete, insert

from glioscope.database.tables import Review, User
from glioscope.server.access import passes, users
from glioscope.server.access.roles import Role


def get(analysed, **headers: str):
    here, study_id = analysed
    return here.client.get(f"/api/v1/studies/{study_id}/fhir", headers=headers)


def report(answer):
    resources = [entry["resource"] for entry in answer.json()["entry"]]
    return next(one for one in resources if one["resourceType"] == "DiagnosticReport")


def test_the_result_comes_with_the_patient_for_those_who_may_know(analysed) -> None:
    here, _ = analysed
    answer = get(analysed)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json"
    assert "Ivanova" in answer.text and report(answer)["status"] == "preliminary"
    with here.context.engine.begin() as connection:
        one = users.add_user(connection, "research", None, Role.VIEWER, sees_identity=False)
        token = passes.new_token(connection, one, "test", None)
    try:
        blind = get(analysed, Authorization=f"Bearer {token}")
        assert blind.status_code == 200
        assert not any(part in blind.text for part in ("Ivanova", "A-1", "urn:dicom:uid"))
        assert len(blind.json()["entry"]) == len(answer.json()["entry"])
    finally:
        with here.context.engine.begin() as connection:
            connection.execute(delete(User))


def test_it_is_final_once_somebody_has_signed_for_it(analysed) -> None:
    here, study_id = analysed
    values = {"study_id": study_id, "reader": "r", "created_at": 1}

    def review(number: int, verdict: str, signed: int | None) -> None:
        with here.context.engine.begin() as connection:
            more = {"id": str(number), "number": number, "verdict": verdict, "signed_at": signed}
            connection.execute(insert(Review).values(**values, **more))

    try:
        review(1, "accept", None)
        assert report(get(analysed))["status"] == "preliminary"
        review(2, "accept", 2)
        assert report(get(analysed))["status"] == "final"
        review(3, "reject", 3)
        assert report(get(analysed))["status"] == "preliminary"
    finally:
        with here.context.engine.begin() as connection:
            connection.execute(delete(Review))


def test_a_study_that_still_waits_has_none(empty, packed) -> None:
    study_id = empty.hand_in(packed)
    answer = empty.client.get(f"/api/v1/studies/{study_id}/fhir")
    assert answer.status_code == 404 and json.loads(answer.text)["status"] == 404
