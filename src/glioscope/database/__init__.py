"""What a server remembers from one start to the next: one schema, on SQLite or PostgreSQL.

- `engine`: connections, set up so that what was committed outlives a power cut.
- `tables`: every table, with what its columns hold.
- `folding`: text as it is searched.
- `schema`: the schema brought up to date, by Alembic and the steps in `migrations/`.
"""
