"""Clears what killed processes left in the store: folders that no row knows."""

import shutil
import time
from pathlib import Path

from sqlalchemy import Engine, select

from glioscope.database.engine import reading
from glioscope.database.tables import Job, Result, Study, Version
from glioscope.jobs.storage.store import Store

# An upload, or a reader's version, is in the store a moment before its row is there; nobody takes
# this long, in seconds.
_MOMENT_S = 3600


def sweep(engine: Engine, store: Store) -> int:
    """Remove folders without an owner; how many they were. Safe while others work."""
    # Names first: what is stored after this look is not looked at.
    uploads, results, versions = (
        list(store.names(parent)) for parent in ("uploads", "results", "versions")
    )
    attempts = [path for path in store.scratch.iterdir() if path.is_dir()]
    with reading(engine).connect() as connection:
        # Claims before results: a job that ends between the two looks is in one of them at least.
        tokens = {token for token in connection.scalars(select(Job.token)) if token}
        used = set(connection.scalars(select(Study.folder)))
        kept = set(connection.scalars(select(Result.folder)))
        drawn = set(connection.scalars(select(Version.folder)))
    cleared = [name for name in uploads if name not in used and _old(name)]
    cleared += [name for name in versions if name not in drawn and _old(name)]
    cleared += [name for name in results if name not in kept and _token(name) not in tokens]
    for name in cleared:
        store.remove(name)
    stale = [path for path in attempts if _stale(path, tokens)]
    for path in stale:
        shutil.rmtree(path, ignore_errors=True)
    return len(cleared) + len(stale)


def _old(folder: str) -> bool:
    begun = folder.partition("/")[2].partition("-")[0]
    return not begun.isdigit() or time.time() - int(begun) > _MOMENT_S


def _token(folder: str) -> str:
    return folder.rsplit("-", 1)[-1]


def _stale(path: Path, tokens: set[str]) -> bool:
    if _token(path.name) in tokens:
        return False
    try:
        return time.time() - path.stat().st_mtime > _MOMENT_S
    except FileNotFoundError:
        return False
