# pyright: basic
# It speaks with Alembic, whose types have gaps.
"""What the work list is sorted, filtered and searched by."""

import sqlalchemy as sa
from alembic import op

from glioscope.database.folding import folded_name

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SORTED = ("created_at", "sort_date", "sort_probability", "sort_volume")


def upgrade() -> None:
    op.add_column(
        "study", sa.Column("searched", sa.String(length=140), server_default="", nullable=False)
    )
    op.add_column(
        "job", sa.Column("sort_date", sa.String(length=10), server_default="", nullable=False)
    )
    for name in ("sort_probability", "sort_volume"):
        op.add_column("job", sa.Column(name, sa.Double(), server_default="-1", nullable=False))
    for name in ("decision", "gate"):
        op.add_column("job", sa.Column(name, sa.String(length=16), nullable=True))
    op.add_column(
        "job", sa.Column("review", sa.String(length=8), server_default="none", nullable=False)
    )
    op.add_column("job", sa.Column("review_id", sa.String(length=32), nullable=True))
    _fill(op.get_bind())
    _fill_review(op.get_bind())
    for name in _SORTED:
        op.create_index(op.f(f"ix_job_{name}_id"), "job", [name, "id"], unique=False)
    filters = ["decision", "gate", "state", "review"]
    op.create_index(op.f("ix_job_decision_gate_state_review"), "job", filters, unique=False)


def _fill(connection: sa.Connection) -> None:
    study = _table("study", "id", "name", "study_date", "searched")
    job = _table(
        "job",
        *("id", "study_id", "sort_date", "sort_probability", "sort_volume", "decision", "gate"),
    )
    result = _table("result", "job_id", "probability", "volume_ml", "decision", "gate")
    for row in connection.execute(sa.select(study)).mappings().all():
        found = sa.update(study).where(study.c.id == row["id"])
        connection.execute(found.values(searched=folded_name(dict(row))))
    day = sa.select(study.c.study_date).where(study.c.id == job.c.study_id).scalar_subquery()
    connection.execute(sa.update(job).values(sort_date=sa.func.coalesce(day, "")))

    def of_result(name: str) -> sa.ScalarSelect:
        return sa.select(result.c[name]).where(result.c.job_id == job.c.id).scalar_subquery()

    connection.execute(
        sa.update(job).values(
            sort_probability=sa.func.coalesce(of_result("probability"), -1.0),
            sort_volume=sa.func.coalesce(of_result("volume_ml"), -1.0),
            decision=of_result("decision"),
            gate=of_result("gate"),
        )
    )


def _fill_review(connection: sa.Connection) -> None:
    """Of each study the newest review outside of reading lists that none supersedes."""
    review = _table("review", "id", "study_id", "number", "list_id", "supersedes", "signed_at")
    job = _table("job", "study_id", "review", "review_id")
    rows = connection.execute(sa.select(review).order_by(review.c.number)).all()
    superseded = {row.supersedes for row in rows}
    found = {
        row.study_id: {
            "review": "unsigned" if row.signed_at is None else "signed",
            "review_id": row.id,
        }
        for row in rows
        if row.list_id is None and row.id not in superseded
    }
    for study_id, values in found.items():
        connection.execute(sa.update(job).where(job.c.study_id == study_id).values(**values))


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))
