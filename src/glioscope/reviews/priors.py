"""Earlier studies of the same patient."""

from sqlalchemy import Connection, Row, select

from glioscope.database.tables import Result, Study


def priors_of(
    connection: Connection, study_id: str
) -> "list[Row[str, str | None, str, str, float | None]]":
    """Id, day, name, decision and volume of earlier ones that have a result, newest first.

    Where this study's day is not known none is earlier.
    """
    own = connection.execute(
        select(Study.patient_key, Study.study_date).where(Study.id == study_id)
    ).first()
    if own is None or own.patient_key is None or own.study_date is None:
        return []
    query = (
        select(Study.id, Study.study_date, Study.name, Result.decision, Result.volume_ml)
        .join(Result, Result.study_id == Study.id)
        .where(
            Study.patient_key == own.patient_key,
            Study.id != study_id,
            Study.study_date < own.study_date,
        )
        .order_by(Study.study_date.desc(), Study.received_at.desc())
    )
    return list(connection.execute(query))
