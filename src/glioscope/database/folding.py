"""Text as it is searched: capitals and small letters are one, in Cyrillic too, and so are ё and е.

Databases cannot be relied on for that: SQLite knows capitals of ASCII alone, and PostgreSQL those
of the locale that it was set up with.
"""

from collections.abc import Mapping
from typing import Any

# What tells who the patient is; the names are those of columns of `study`.
IDENTITY = ("accession", "patient_id", "patient_name", "study_uid")


def folded(text: str) -> str:
    """The text, or a word that is looked for in it."""
    return text.casefold().replace("ё", "е")


def folded_identity(row: Mapping[str, Any]) -> str | None:
    """All that tells who the patient is, on a line each; None where nothing does."""
    said = [str(row[name]) for name in IDENTITY if row.get(name)]
    return folded("\n".join(said)) or None
