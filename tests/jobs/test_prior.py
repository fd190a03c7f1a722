"""Whose lesions a study's are followed from."""

import secrets

from sqlalchemy import insert, update

from glioscope.database.tables import Job, Result, Study
from glioscope.jobs.prior import prior_result


def analysed(connection, study_id: str, decision: str = "tumour") -> None:
    job = connection.scalar(Job.__table__.select().where(Job.study_id == study_id))
    connection.execute(
        insert(Result).values(
            id=secrets.token_hex(16),
            job_id=job,
            study_id=study_id,
            folder=f"results/{study_id}",
            created_at=0,
            decision=decision,
            slices=[],
            model="toy",
            model_version="1",
        )
    )


def of_patient(connection, study_id: str, day: str, **told: str) -> None:
    values = {"patient_key": "p", "study_date": day, **told}
    connection.execute(update(Study).where(Study.id == study_id).values(**values))


def test_the_patients_last_result_with_a_lesion_before_this_study(engine, study) -> None:
    old, clear, now, later, other = (study() for _ in range(5))
    with engine.begin() as connection:
        for one, day in ((old, "20200101"), (clear, "20210101"), (now, "20220101")):
            of_patient(connection, one, day)
        of_patient(connection, later, "20230101")
        of_patient(connection, other, "20210601", patient_key="q")
        for one in (old, later, other):
            analysed(connection, one)
        analysed(connection, clear, "no tumour")
        assert prior_result(connection, now) == f"results/{old}"
        assert prior_result(connection, old) is None
        assert prior_result(connection, "gone") is None


def test_the_same_examination_before_more_pictures_came_goes_first(engine, study) -> None:
    old, before, now, nobody = (study() for _ in range(4))
    with engine.begin() as connection:
        of_patient(connection, old, "20200101")
        of_patient(connection, before, "20220101")
        of_patient(connection, now, "20220101", replaces=before)
        analysed(connection, old)
        assert prior_result(connection, now) == f"results/{old}"
        analysed(connection, before)
        assert prior_result(connection, now) == f"results/{before}"
        assert prior_result(connection, nobody) is None
