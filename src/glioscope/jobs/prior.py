"""The earlier result whose lesions are followed into a study's own."""

from sqlalchemy import Connection, select

from glioscope.database.tables import Result, Study


def prior_result(connection: Connection, study_id: str) -> str | None:
    """Folder in the store of the examination as it was before, or of the patient's last one.

    Only results with a lesion count: one that a study between them did not show is the same still.
    """
    own = connection.execute(
        select(Study.patient_key, Study.study_date, Study.replaces).where(Study.id == study_id)
    ).first()
    if own is None:
        return None
    results = (
        select(Result.folder)
        .join(Study, Study.id == Result.study_id)
        .where(Result.decision == "tumour")
        .order_by(Study.study_date.desc(), Study.received_at.desc())
        .limit(1)
    )
    if own.replaces:
        before = connection.scalar(results.where(Study.id == own.replaces))
        if before:
            return before
    if own.patient_key is None or own.study_date is None:
        return None
    return connection.scalar(
        results.where(Study.patient_key == own.patient_key, Study.study_date < own.study_date)
    )
