# pyright: basic
# It speaks with Alembic, whose types have gaps.
"""Messages of studies without a result, and which version of the program made an attempt."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.alter_column("result_id", existing_type=sa.String(length=32), nullable=True)
        batch_op.add_column(sa.Column("study_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("notice", sa.JSON(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_delivery_study_id"), "study", ["study_id"], ["id"], ondelete="CASCADE"
        )
    # Not as a batch: SQLite would drop the table, and with it all results.
    op.add_column(
        "job", sa.Column("routed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("job", sa.Column("software", sa.String(length=50), nullable=True))
    op.create_index(op.f("ix_study_replaces"), "study", ["replaces"])
    op.create_index(op.f("ix_job_routed_state"), "job", ["routed", "state"])
    # What ended before has been seen by people.
    job = sa.table("job", sa.column("routed", sa.Boolean()), sa.column("state", sa.String()))
    ended = job.c.state.in_(("failed", "refused"))
    op.execute(job.update().where(ended).values(routed=sa.true()))
