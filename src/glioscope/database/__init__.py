"""What a server remembers from one start to the next: one schema, on SQLite or PostgreSQL."""
