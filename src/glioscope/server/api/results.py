"""What was found, as documents, files, volumes and pictures."""

import mimetypes
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Row, select

from glioscope.database.tables import Result
from glioscope.jobs.results import FILES, VIEW
from glioscope.server.access.guard import Viewer, note
from glioscope.server.access.roles import Who
from glioscope.server.api.shapes import FileEntry, FileList
from glioscope.server.context import Context, Here
from glioscope.server.pictures import slice_picture
from glioscope.server.problems import Problem

router = APIRouter(prefix="/studies/{study_id}", tags=["results"])

_TYPES = {".dcm": "application/dicom", ".gz": "application/gzip", ".json": "application/json"}
# What a page may show by itself; everything else is handed over to be saved.
_SHOWN = {"application/pdf", "image/png", "image/tiff", "application/json", "text/html"}
_ANY = "application/octet-stream"
# The first is what generators of clients look at.
_FETCHED = (_ANY, *sorted(_SHOWN | set(_TYPES.values())))
# A result never changes under its id.
_FOREVER = "private, max-age=31536000, immutable"


def _bytes(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI describes an answer that is a file of one of these kinds."""
    return {
        200: {"content": {k: {"schema": {"type": "string", "format": "binary"}} for k in kinds}}
    }


@router.get("/analysis")
def get_analysis(study_id: str, here: Here, who: Viewer) -> dict[str, Any]:
    """The document `analysis.json`, as `glioscope analyze` writes it."""
    import json

    note(here, who, "view", study_id)
    with _file(here, study_id, FILES, "analysis.json") as path:
        return json.loads(path.read_text(encoding="utf-8"))


@router.get("/files")
def list_files(study_id: str, here: Here, who: Viewer) -> FileList:
    """Names and sizes of the files of the result that one may fetch."""
    with here.store.folder(_folder(here, study_id)) as folder:
        found = sorted(path for path in (folder / FILES).rglob("*") if _may(who, path))
        files = [
            FileEntry(
                name=path.relative_to(folder / FILES).as_posix(),
                bytes=path.stat().st_size,
                media_type=_media_type(path),
            )
            for path in found
        ]
    return FileList(files=files)


@router.get("/files/{name:path}", response_class=Response, responses=_bytes(*_FETCHED))
def get_file(study_id: str, name: str, here: Here, who: Viewer) -> Response:
    """One file of the result. DICOM names the patient, and is for those who may see who he is."""
    with _file(here, study_id, FILES, name) as path:
        if not _may(who, path):
            raise Problem(HTTPStatus.FORBIDDEN, "server.no_identity")
        note(here, who, "export", f"{study_id} {name}")
        kind = _media_type(path)
        how = "inline" if kind in _SHOWN else "attachment"
        headers = {
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(path.name, safe='')}",
            # A report is a page of its own, and still may run and load nothing.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
            "img-src data:; font-src data:; sandbox",
        }
        return Response(path.read_bytes(), media_type=kind, headers=headers)


@router.get(
    "/view/{name}",
    response_class=Response,
    responses=_bytes("application/gzip", "application/json"),
)
def get_view(study_id: str, name: str, here: Here, request: Request, who: Viewer) -> Response:
    """A volume for the viewer, packed with gzip, or `view.json`."""
    with _file(here, study_id, VIEW, name) as path:
        note(here, who, "view", f"{study_id} {name}")
        headers = {"Cache-Control": _FOREVER} if "result" in request.query_params else {}
        return Response(path.read_bytes(), media_type=_media_type(path), headers=headers)


@router.get("/slices/{index}.png", response_class=Response, responses=_bytes("image/png"))
def get_slice(
    study_id: str,
    index: int,
    here: Here,
    who: Viewer,
    channel: Annotated[str, Query(pattern="^(flair|t1|t1gd)$")] = "flair",
    plane: Annotated[str, Query(pattern="^(axial|coronal|sagittal)$")] = "axial",
    low: float | None = None,
    high: float | None = None,
    outline: bool = True,
) -> Response:
    """One slice as a picture, patient's right on the left, pixels square."""
    with here.store.folder(_folder(here, study_id)) as folder:
        try:
            packed = slice_picture(
                folder / VIEW, channel, plane, index, (low, high), outline=outline
            )
        except (FileNotFoundError, IndexError) as error:
            raise Problem(HTTPStatus.NOT_FOUND, "server.no_slice", index=index) from error
    note(here, who, "view", f"{study_id} {channel} {plane} {index}")
    return Response(packed, media_type="image/png")


def last_result(here: Context, study_id: str) -> "Row[str, str, int]":
    """Id, folder and time of a study's last result.

    Raises:
        Problem: there is none.
    """
    columns = (Result.id, Result.folder, Result.created_at)
    query = select(*columns).where(Result.study_id == study_id)
    with here.reads.connect() as connection:
        found = connection.execute(query.order_by(Result.created_at.desc()).limit(1)).first()
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_result")
    return found


@contextmanager
def _file(here: Context, study_id: str, part: str, name: str) -> Generator[Path, None, None]:
    """A file of the last result, named as `list_files` names it and nothing outside it."""
    if not all(_plain(step) for step in name.split("/")):
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_file")
    try:
        with here.store.file(_folder(here, study_id), f"{part}/{name}") as path:
            yield path
    except FileNotFoundError as error:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_file") from error


def _may(who: Who, path: Path) -> bool:
    return path.is_file() and (who.sees_identity or path.suffix != ".dcm")


def _plain(step: str) -> bool:
    return bool(step) and not step.startswith(".") and not set(step) & set('\\:\0"')


def _folder(here: Context, study_id: str) -> str:
    return last_result(here, study_id).folder


def _media_type(path: Path) -> str:
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or _ANY
