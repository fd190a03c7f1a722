"""Studies handed in: files in one request, or in parts that may be sent again after a break."""

import re
import shutil
from collections.abc import AsyncGenerator
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Query, Request, UploadFile
from fastapi.concurrency import run_in_threadpool

from glioscope.files import is_reserved
from glioscope.server.access.guard import Reader
from glioscope.server.access.roles import Who
from glioscope.server.api.shapes import UploadBegun, Uploaded, UploadedStudies
from glioscope.server.bodies import described_body
from glioscope.server.context import Context, Here
from glioscope.server.problems import Problem
from glioscope.server.received import INSIDE, new_folder, require_room, studies_in

router = APIRouter(prefix="/uploads", tags=["uploads"])

_ID = re.compile(r"[0-9a-f]{32}")
_CHUNK = 2**20
_MOST_NAME, _MOST_DEPTH = 200, 12

WithModel = Annotated[
    bool, Query(description="Whether the model is asked; without it readers only see pictures.")
]
Name = Annotated[str, Query(min_length=1, max_length=1000, description="Path within the upload.")]


@router.post("/files", status_code=HTTPStatus.ACCEPTED)
def upload_files(
    here: Here,
    who: Reader,
    files: Annotated[list[UploadFile], File(min_length=1)],
    urgent: bool = False,
    with_model: WithModel = True,
) -> UploadedStudies:
    """Hand in a ZIP, a NIfTI, pictures or DICOM files in one request."""
    require_room(here)
    folder = new_folder(here)
    try:
        for file in files:
            path = _path(folder, file.filename or "file")
            # Files of several folders are often called alike: none takes another's place.
            if path.exists():
                raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.upload_twice")
            _make_room_for(path)
            with path.open("wb") as stored:
                shutil.copyfileobj(file.file, stored, _CHUNK)
        return _taken(here, who, folder, urgent=urgent, with_model=with_model)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@router.post("", status_code=HTTPStatus.CREATED)
def begin_upload(here: Here, who: Reader) -> UploadBegun:
    """Begin an upload in parts."""
    del who
    require_room(here)
    folder = new_folder(here)
    return UploadBegun(id=folder.name.removeprefix("upload-"), files={})


@router.get("/{upload_id}")
def get_upload(upload_id: str, here: Here, who: Reader) -> UploadBegun:
    """How much of each file is here, so that sending goes on where it broke off."""
    del who
    return _begun(upload_id, here)


def _begun(upload_id: str, here: Context) -> UploadBegun:
    inside = _folder(here, upload_id) / INSIDE
    files = [path for path in inside.rglob("*") if path.is_file()]
    return UploadBegun(
        id=upload_id,
        files={path.relative_to(inside).as_posix(): path.stat().st_size for path in files},
    )


@router.put(
    "/{upload_id}/file",
    openapi_extra=described_body("application/octet-stream"),
)
async def put_part(
    upload_id: str,
    name: Name,
    request: Request,
    here: Here,
    who: Reader,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> UploadBegun:
    """Send a part of a file, from a byte on; what was there from that byte on is replaced.

    The answer tells of this file alone: a disc has thousands.
    """
    del who
    require_room(here)
    path = _path(_folder(here, upload_id), name)
    have = path.stat().st_size if path.is_file() else 0
    if offset > have:
        raise Problem(HTTPStatus.CONFLICT, "server.upload_gap", have=have, offset=offset)
    await run_in_threadpool(_make_room_for, path)
    await _write(path, offset, request.stream(), here.most_upload_bytes)
    return UploadBegun(id=upload_id, files={name: path.stat().st_size})


@router.post("/{upload_id}/complete", status_code=HTTPStatus.ACCEPTED)
def complete_upload(
    upload_id: str,
    here: Here,
    who: Reader,
    urgent: bool = False,
    with_model: WithModel = True,
) -> UploadedStudies:
    """All parts are here: find the studies, and have them analysed."""
    folder = _folder(here, upload_id)
    try:
        return _taken(here, who, folder, urgent=urgent, with_model=with_model)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@router.delete("/{upload_id}", status_code=HTTPStatus.NO_CONTENT)
def drop_upload(upload_id: str, here: Here, who: Reader) -> None:
    """Forget an upload in parts."""
    del who
    shutil.rmtree(_folder(here, upload_id), ignore_errors=True)


def _taken(
    here: Context, who: Who, folder: Path, *, urgent: bool, with_model: bool
) -> UploadedStudies:
    taken = studies_in(here, who, folder, urgent=urgent, with_model=with_model)
    return UploadedStudies(studies=[Uploaded(id=t.study_id, known=t.known) for t in taken])


async def _write(path: Path, offset: int, parts: AsyncGenerator[bytes, None], most: int) -> None:
    with path.open("r+b" if path.exists() else "wb") as stored:
        stored.truncate(offset)
        stored.seek(offset)
        async for part in parts:
            if stored.tell() + len(part) > most:
                raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "server.too_large", most=most)
            try:
                await run_in_threadpool(stored.write, part)
            except OSError as error:
                raise Problem.not_stored(error) from error


def _folder(here: Context, upload_id: str) -> Path:
    folder = here.store.scratch / f"upload-{upload_id}"
    if not _ID.fullmatch(upload_id) or not folder.is_dir():
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_upload")
    return folder


def _path(folder: Path, name: str) -> Path:
    """Where a file of an upload lies; names that would leave the folder are refused."""
    steps = name.replace("\\", "/").split("/")
    if len(steps) > _MOST_DEPTH or not all(_harmless(step) for step in steps):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.upload_name")
    return folder.joinpath(INSIDE, *steps)


def _make_room_for(path: Path) -> None:
    """Make the folders above a file of an upload; one name is not a file's and a folder's too."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.upload_twice") from error
    if path.is_dir():
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.upload_twice")


def _harmless(step: str) -> bool:
    printable = all(character.isprintable() for character in step)
    short = 0 < len(step.encode()) <= _MOST_NAME
    plain = not step.startswith(".") and not is_reserved(step)
    return short and printable and plain and not set(step) & set(':*?"<>|')
