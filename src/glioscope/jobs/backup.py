"""A copy of everything a server holds in one file, made while it works, and put back elsewhere.

The file is a tar archive: `backup.json` (schema revision, rows of every table), the folders of the
store that these rows name, and the key of pseudonyms. It fits SQLite and PostgreSQL alike.
"""

import base64
import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, insert, inspect, select, text

from glioscope.database.engine import reading
from glioscope.database.schema import revision_of, upgrade
from glioscope.errors import InputError, UsageError
from glioscope.files import atomic_path
from glioscope.jobs.states import State
from glioscope.jobs.storage.store import Store
from glioscope.pseudonyms import KEY, write_key

_ROWS = "backup.json"
_FORMAT = "glioscope.backup/1"
_VERSIONS = "alembic_version"
# Of processes, not of studies: they mean nothing elsewhere.
_PASSING = {_VERSIONS, "worker", "presence"}
# Tables whose rows name a folder of the store, and where folders lie there.
_FOLDERS = ("study", "result", "version")
_PARENTS = ("uploads", "results", "versions")


@dataclass(frozen=True)
class Copied:
    """What a backup holds, or what was put back."""

    studies: int
    folders: int


def back_up(engine: Engine, store: Store, file: Path, data: Path | None = None) -> Copied:
    """Write everything to `file`, which appears whole or not at all.

    A study that is deleted meanwhile is left out. The key of pseudonyms is that of the folder
    `data`, where there is one.

    Raises:
        UsageError: the file is there already.
        OSError: it cannot be written.
    """
    if file.exists():
        raise UsageError("server.backup_there", file=file.name)
    with atomic_path(file) as temporary, tarfile.open(temporary, "w") as archive:
        revision, rows = _rows(engine)
        gone: set[str] = set()
        # A database that is older than a table has none of its rows.
        names = sorted({row["folder"] for table in _FOLDERS for row in rows.get(table, [])})
        for name in names:
            try:
                with store.folder(name) as folder:
                    archive.add(folder, name)
            except FileNotFoundError:
                gone.add(name)
        _leave_out(rows, gone)
        if data and (data / KEY).is_file():
            archive.add(data / KEY, KEY)
        _add(archive, {"format": _FORMAT, "revision": revision, "rows": rows})
    return Copied(len(rows["study"]), len(names) - len(gone))


def restore(engine: Engine, store: Store, file: Path, data: Path | None = None) -> Copied:
    """Put a backup into an empty database and an empty store; the schema is brought up to date.

    The key of pseudonyms goes into the folder `data`, unless one is there.

    Raises:
        UsageError: there are studies already.
        InputError: the file is no backup, or damaged; nothing is put back then.
    """
    with _opened(file) as (archive, document):
        with engine.begin() as connection:
            if inspect(connection).has_table("study"):
                held = connection.scalar(text("SELECT count(*) FROM study"))
                if held:
                    raise UsageError("server.restore_full", count=held)
        upgrade(engine, document["revision"])
        names = _put_back(archive, store)
        with engine.begin() as connection:
            _insert(connection, document["rows"])
        if data:
            _put_key_back(archive, data / KEY)
    upgrade(engine)
    return Copied(len(document["rows"]["study"]), len(names))


def _rows(engine: Engine) -> tuple[str | None, dict[str, list[dict[str, Any]]]]:
    """All rows of all tables as they are at one moment."""
    # SQLite's reader sees one moment anyway.
    server = engine.dialect.name == "postgresql"
    moment = {"isolation_level": "REPEATABLE READ"} if server else {}
    with reading(engine).execution_options(**moment).connect() as connection:
        tables = _tables(connection)
        rows = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in tables.sorted_tables
            if table.name not in _PASSING
        }
        return revision_of(connection), rows


def _tables(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection)
    return found


def _leave_out(rows: dict[str, list[dict[str, Any]]], gone: set[str]) -> None:
    """Leave out studies whose files were deleted meanwhile, and what belongs to them."""
    lost = {row["id"] for row in rows["study"] if row["folder"] in gone}
    for table in _FOLDERS[1:]:
        lost |= {row["study_id"] for row in rows.get(table, []) if row["folder"] in gone}
    for name, found in rows.items():
        key = "id" if name == "study" else "study_id"
        rows[name] = [row for row in found if row.get(key) not in lost]


def _add(archive: tarfile.TarFile, document: dict[str, Any]) -> None:
    packed = json.dumps(document, ensure_ascii=False, default=_packed).encode()
    entry = tarfile.TarInfo(_ROWS)
    entry.size = len(packed)
    archive.addfile(entry, io.BytesIO(packed))


def _packed(value: Any) -> dict[str, str]:
    """Bytes of a row, which JSON does not have, and `_unpacked` takes back."""
    if not isinstance(value, bytes):
        raise TypeError(type(value).__name__)
    return {"base64": base64.b64encode(value).decode()}


def _unpacked(value: Any) -> Any:
    match value:
        case {"base64": str(packed)}:
            return base64.b64decode(packed)
        case _:
            return value


@contextmanager
def _opened(file: Path) -> Generator[tuple[tarfile.TarFile, dict[str, Any]], None, None]:
    try:
        with tarfile.open(file) as archive:
            stream = archive.extractfile(_ROWS)
            document: dict[str, Any] = json.load(stream) if stream else {}
            if document.get("format") != _FORMAT:
                raise InputError("server.no_backup", file=file.name)
            yield archive, document
    except (tarfile.TarError, KeyError, ValueError, FileNotFoundError) as error:
        raise InputError("server.no_backup", file=file.name) from error


def _put_back(archive: tarfile.TarFile, store: Store) -> list[str]:
    folder = Path(tempfile.mkdtemp(dir=store.scratch, prefix="restore-"))
    try:
        # The filter refuses whatever would lie outside, and what is no plain file.
        archive.extractall(folder, filter="data")
        names = [
            path.relative_to(folder).as_posix()
            for parent in _PARENTS
            for path in sorted((folder / parent).glob("*"))
        ]
        for name in names:
            store.put(folder / name, name)
        return names
    except FileExistsError as error:
        held = sum(1 for _ in store.names("uploads"))
        raise UsageError("server.restore_full", count=held) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put_key_back(archive: tarfile.TarFile, path: Path) -> None:
    try:
        stream = archive.extractfile(KEY)
    except KeyError:  # nobody has had a pseudonym yet
        return
    if stream and not path.exists():
        write_key(path, stream.read())


def _insert(connection: Connection, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Rows into the tables of their own revision; what was being analysed begins anew."""
    tables = _tables(connection)
    for table in tables.sorted_tables:
        found = [
            {name: _unpacked(value) for name, value in row.items()}
            for row in rows.get(table.name, [])
        ]
        if table.name == "job":
            found = [_unclaimed(row) for row in found]
        if found:
            connection.execute(insert(table), found)
    _count_on(connection)


def _unclaimed(row: dict[str, Any]) -> dict[str, Any]:
    if row["state"] != State.RUNNING:
        return row
    fresh = {"token": None, "worker": None, "lease_until": None, "stage": None}
    return {**row, **fresh, "state": State.WAITING.value}


def _count_on(connection: Connection) -> None:
    """PostgreSQL numbers new jobs from a counter that rows put in by number do not move."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('job', 'id'), max(id)) FROM job")
        )
