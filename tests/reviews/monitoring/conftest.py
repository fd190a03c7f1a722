"""Databases of either kind."""

from databases import engine, postgres_url

__all__ = ["engine", "postgres_url"]
