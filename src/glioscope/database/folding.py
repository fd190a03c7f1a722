"""Text as it is searched: capitals and small letters are one, in Cyrillic too, and so are ё and е.

Databases cannot be relied on for that: SQLite knows capitals of ASCII alone, and PostgreSQL those
of the locale that it was set up with.
"""

import re
from collections.abc import Mapping
from typing import Any

_DAY = re.compile("[0-9]{8}")
# What tells who the patient is; the names are those of columns of `study`.
IDENTITY = ("accession", "patient_id", "patient_name", "study_uid")


def folded(text: str) -> str:
    """The text, or a word that is looked for in it."""
    return text.casefold().replace("ё", "е")


def folded_name(row: Mapping[str, Any]) -> str:
    """What anybody may find a study by: its name, and its day in all spellings, each on a line."""
    day = str(row.get("study_date") or "")
    said = [str(row["name"]), day]
    if _DAY.fullmatch(day):
        year, month, date = day[:4], day[4:6], day[6:]
        said += [f"{year}-{month}-{date}", f"{year}.{month}.{date}", f"{date}.{month}.{year}"]
    return folded("\n".join(said))


def folded_identity(row: Mapping[str, Any]) -> str | None:
    """All that tells who the patient is, on a line each; None where nothing does."""
    said = [str(row[name]) for name in IDENTITY if row.get(name)]
    return folded("\n".join(said)) or None
