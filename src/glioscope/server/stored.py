"""Files of a result or of a reader's version, as answers to whoever may have them."""

import mimetypes
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Response
from sqlalchemy import Row, select

from glioscope.database.tables import Result
from glioscope.jobs.results import FILES
from glioscope.server.access.roles import Who
from glioscope.server.api.shapes import FileEntry, FileList
from glioscope.server.context import Context
from glioscope.server.problems import Problem

_TYPES = {".dcm": "application/dicom", ".gz": "application/gzip", ".json": "application/json"}
# What a page may show by itself; everything else is handed over to be saved.
_SHOWN = {"application/pdf", "image/png", "image/tiff", "application/json", "text/html"}
_ANY = "application/octet-stream"
# What kinds of file a result has; the first is what generators of clients look at.
KINDS = (_ANY, *sorted(_SHOWN | set(_TYPES.values())))
# A result never changes under its id, nor a version. Whoever signs in next in the same browser may
# see less of it.
FOREVER = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Vary": "Cookie, Authorization",
}


def described(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI describes an answer that is a file of one of these kinds."""
    return {
        200: {"content": {k: {"schema": {"type": "string", "format": "binary"}} for k in kinds}}
    }


def last_result(here: Context, study_id: str) -> "Row[str, str, str, int]":
    """Id, study, folder and time of a study's last result.

    Raises:
        Problem: there is none.
    """
    columns = (Result.id, Result.study_id, Result.folder, Result.created_at)
    query = select(*columns).where(Result.study_id == study_id)
    with here.reads.connect() as connection:
        found = connection.execute(query.order_by(Result.created_at.desc()).limit(1)).first()
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_result")
    return found


def result_folder(here: Context, study_id: str) -> str:
    """Where the last result of a study lies."""
    return last_result(here, study_id).folder


@contextmanager
def stored_file(here: Context, folder: str, part: str, name: str) -> Generator[Path, None, None]:
    """A file of a folder, named as `listing` names it, and nothing outside it."""
    if not all(_plain(step) for step in name.split("/")):
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_file")
    try:
        with here.store.file(folder, f"{part}/{name}") as path:
            yield path
    except FileNotFoundError as error:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_file") from error


def listing(here: Context, who: Who, folder: str) -> FileList:
    """Names and sizes of the files that one may fetch."""
    with here.store.folder(folder) as stored:
        found = sorted(path for path in (stored / FILES).rglob("*") if may(who, path))
        files = [
            FileEntry(
                name=path.relative_to(stored / FILES).as_posix(),
                bytes=path.stat().st_size,
                media_type=media_type(path),
            )
            for path in found
        ]
    return FileList(files=files)


def handed_over(path: Path) -> Response:
    """A file as the answer to a request, shown or saved by what it is."""
    kind = media_type(path)
    how = "inline" if kind in _SHOWN else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(path.name, safe='')}",
        # A report is a page of its own, and still may run and load nothing.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:; font-src data:; sandbox",
    }
    return Response(path.read_bytes(), media_type=kind, headers=headers)


def require_identity(who: Who, path: Path) -> None:
    """DICOM names the patient, and is for those who may see who he is."""
    if not may(who, path):
        raise Problem(HTTPStatus.FORBIDDEN, "server.no_identity")


def may(who: Who, path: Path) -> bool:
    """Whether somebody may have a file."""
    return path.is_file() and (who.sees_identity or path.suffix != ".dcm")


def media_type(path: Path) -> str:
    """What kind of file it is."""
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or _ANY


def _plain(step: str) -> bool:
    return bool(step) and not step.startswith(".") and not set(step) & set('\\:\0"')
