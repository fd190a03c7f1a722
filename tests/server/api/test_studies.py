"""The work list, and what may be done with a study."""

import pytest
from sqlalchemy import update

from glioscope.database.tables import Job, Result, Study
from server.hospital import disc

NONE = "0" * 32


def test_an_empty_list_is_a_list(empty) -> None:
    answer = empty.client.get("/api/v1/studies")
    assert answer.json() == {"total": 0, "studies": []}


def test_a_study_handed_in_waits_and_is_shown(empty, packed) -> None:
    study_id = empty.hand_in(packed, urgent=True)
    [one] = empty.list()
    assert (one["id"], one["state"], one["urgent"]) == (study_id, "waiting", True)
    assert (one["accession"], one["patient_name"]) == ("A-1", "Ivanova^Anna")
    assert one["name"].startswith("dicom-") and one["result"] is None
    assert empty.hand_in(packed) == study_id, "the same study is no second one"


def test_an_analysed_study_tells_its_figures(analysed) -> None:
    here, study_id = analysed
    one = here.study(study_id)
    assert one["state"] == "done" and one["cause"] is None
    result = one["result"]
    assert result["decision"] == "tumour" and 0.9 < result["probability"] <= 1
    assert result["volume_low_ml"] < result["volume_ml"] < result["volume_high_ml"]
    assert len(result["slices"]) == 12 and max(result["slices"]) > 90
    assert result["gate"] in ("fit", "warned")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"search": "a-1"}, 1),
        ({"search": "77"}, 1),
        ({"search": "A-2"}, 0),
        ({"search": "%"}, 0),
        ({"state": "done"}, 1),
        ({"state": "failed"}, 0),
        ({"decision": "tumour"}, 1),
        ({"decision": "no tumour"}, 0),
        ({"gate": "refused"}, 0),
    ],
)
def test_search_and_filters(analysed, wanted, found) -> None:
    here, _ = analysed
    answer = here.client.get("/api/v1/studies", params=wanted).json()
    assert (answer["total"], len(answer["studies"])) == (found, found)


@pytest.mark.parametrize("search", ["семён", "СЕМЕН", "ов анна", "1.2.840.7", "семенов 2026-01"])
def test_names_are_found_whatever_their_capitals(empty, tmp_path, search: str) -> None:
    named = {"PatientName": "Семёнов^Анна", "StudyInstanceUID": "1.2.840.7"}
    study_id = empty.hand_in(
        disc(tmp_path / "disc", SpecificCharacterSet="ISO_IR 192", StudyDate="20260117", **named)
    )
    assert [one["id"] for one in empty.list(search=search)] == [study_id]
    assert empty.list(search="иван") == []


def test_pages_and_orders_hold_every_study_once(empty, packed) -> None:
    first = empty.hand_in(packed)
    with empty.context.engine.begin() as connection:
        for number in range(1, 30):
            study = {"id": f"{number:032x}", "key": f"k{number}", "name": f"toy-{number}"}
            connection.execute(
                Study.__table__.insert().values(
                    kind="nifti", folder="uploads/x", place=0, received_at=number, **study
                )
            )
            connection.execute(
                Job.__table__.insert().values(
                    study_id=study["id"],
                    state="waiting",
                    rank=number % 7,
                    created_at=number,
                    due_at=number,
                )
            )
    for sort in ("urgency", "received", "date", "probability", "volume"):
        seen = []
        for offset in range(0, 40, 8):
            seen += [s["id"] for s in empty.list(sort=sort, offset=offset, limit=8)]
        assert len(seen) == len(set(seen)) == 30
    assert empty.list(sort="received", limit=1)[0]["id"] == first


def test_the_change_is_against_the_study_before(empty, packed) -> None:
    study_id = empty.hand_in(packed)
    with empty.context.engine.begin() as connection:
        job = connection.execute(Job.__table__.select()).one()
        connection.execute(
            update(Study).values(patient_key="p", study_date="20260301").where(Study.id == study_id)
        )
        values = {"decision": "tumour", "probability": 0.9, "slices": [], "gate": "fit"}
        model = {"model": "m", "model_version": "1", "created_at": 1, "folder": "results/x"}
        listed = {"decision": "tumour", "sort_volume": 12.0}
        connection.execute(update(Job).values(**listed, sort_date="20260301"))
        connection.execute(
            Result.__table__.insert().values(
                id="r1", job_id=job.id, study_id=study_id, volume_ml=12.0, **values, **model
            )
        )
        connection.execute(
            Study.__table__.insert().values(
                id=NONE, key="k", name="n", kind="dicom", folder="uploads/y", place=0,
                received_at=1, patient_key="p", study_date="20250301",
            )
        )  # fmt: skip
        connection.execute(
            Job.__table__.insert().values(
                **{"id": 99, "study_id": NONE, "state": "done", "created_at": 1, "due_at": 1},
                **listed | {"sort_volume": 9.5, "sort_date": "20250301"},
            )
        )
        connection.execute(
            Result.__table__.insert().values(
                id="r2", job_id=99, study_id=NONE, volume_ml=9.5, **values, **model
            )
        )
    changed, first = (empty.study(one)["result"] for one in (study_id, NONE))
    assert changed["change_ml"] == pytest.approx(2.5)
    assert changed["change_since"] == "2025-03-01"
    assert (first["change_ml"], first["change_since"]) == (None, None)


def test_cancel_retry_priority(empty, packed) -> None:
    study_id = empty.hand_in(packed)
    path = f"/api/v1/studies/{study_id}"
    assert empty.client.post(f"{path}/retry").status_code == 409
    assert empty.client.post(f"{path}/cancel").json()["state"] == "cancelled"
    assert empty.client.post(f"{path}/cancel").status_code == 409
    assert empty.client.post(f"{path}/retry").json()["state"] == "waiting"
    assert empty.client.put(f"{path}/priority", json={"urgent": True}).json()["urgent"]
    assert not empty.client.put(f"{path}/priority", json={"urgent": False}).json()["urgent"]


def test_a_deleted_study_leaves_nothing(empty, packed) -> None:
    study_id = empty.hand_in(packed)
    assert empty.client.delete(f"/api/v1/studies/{study_id}").status_code == 204
    assert empty.list() == []
    assert list(empty.context.store.names("uploads")) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/cancel"),
        ("POST", "/retry"),
        ("GET", "/analysis"),
        ("GET", "/files"),
        ("GET", "/files/report.en.pdf"),
        ("GET", "/view/view.json"),
        ("GET", "/slices/0.png"),
    ],
)
def test_a_study_that_is_not_there_is_a_problem(empty, method, path) -> None:
    answer = empty.client.request(method, f"/api/v1/studies/{NONE}{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404 and answer.json()["detail"]


def test_problems_are_in_the_language_asked_for(empty) -> None:
    answer = empty.client.get(
        f"/api/v1/studies/{NONE}", headers={"Accept-Language": "ru-RU,ru;q=0.9"}
    )
    assert "исследования" in answer.json()["detail"]
    assert empty.client.get("/api/v1/studies", params={"limit": 0}).status_code == 422
    assert empty.client.get("/api/v1/none").json()["title"] == "Not Found"
