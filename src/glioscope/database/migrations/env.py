# pyright: basic
# It speaks with Alembic, whose types have gaps.
"""What Alembic runs a migration in: the connection that `glioscope.database.schema` hands over."""

from alembic import context

from glioscope.database.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    # SQLite changes a table by making it anew.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
