"""STOW-RS: a program hands in DICOM instances, and is told which of them were taken."""

import shutil
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from glioscope.errors import InputError
from glioscope.jobs.intake import Taken
from glioscope.server.access.guard import Reader
from glioscope.server.access.roles import Who
from glioscope.server.context import Context, Here
from glioscope.server.dicomweb.instances import Instance, Reason, instances_in, told
from glioscope.server.dicomweb.parts import boundary_of, write_parts
from glioscope.server.problems import Problem
from glioscope.server.received import INSIDE, new_folder, require_room, studies_in

MEDIA_TYPE = "application/dicom+json"
_ACCEPTED = (MEDIA_TYPE, "application/json", "application/*", "*/*")
# More would be too long for a header.
_MOST_LINKS = 20
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/related": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_ANSWER = {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "All instances were taken.", **_ANSWER},
    202: {"description": "Some instances were taken.", **_ANSWER},
    409: {"description": "No instance was taken.", **_ANSWER},
}


class DicomJson(JSONResponse):
    """JSON as DICOM has it (PS3.18, annex F)."""

    media_type = MEDIA_TYPE


router = APIRouter(
    prefix="/dicom-web/studies", tags=["dicom-web"], default_response_class=DicomJson
)


@router.post("", openapi_extra=_BODY, responses=_ANSWERS)
async def store_instances(request: Request, here: Here, who: Reader) -> Response:
    """Hand in instances of any studies (STOW-RS). One request is to hold the whole study."""
    return await _stored(request, here, who, None)


@router.post("/{study_uid}", openapi_extra=_BODY, responses=_ANSWERS)
async def store_instances_of_study(
    study_uid: Annotated[str, InPath(pattern=r"^[0-9.]{1,64}$")],
    request: Request,
    here: Here,
    who: Reader,
) -> Response:
    """Hand in instances of one study; those of others are not taken."""
    return await _stored(request, here, who, study_uid)


async def _stored(request: Request, here: Context, who: Who, study_uid: str | None) -> Response:
    _require_json(request.headers.get("accept", "*/*"))
    boundary = boundary_of(request.headers.get("content-type", ""))
    require_room(here)
    folder = new_folder(here)
    try:
        await write_parts(boundary, request.stream(), folder / INSIDE)
        return await run_in_threadpool(_answer, here, who, folder, study_uid)
    finally:
        await run_in_threadpool(shutil.rmtree, folder, ignore_errors=True)


def _answer(here: Context, who: Who, folder: Path, study_uid: str | None) -> Response:
    instances = instances_in(folder / INSIDE, study_uid)
    for one in instances:
        if one.reason is not None:
            one.path.unlink()
    if all(one.reason is not None for one in instances):
        return DicomJson(told(instances), HTTPStatus.CONFLICT)
    try:
        taken = studies_in(here, who, folder)
    except InputError:
        instances = [replace(i, reason=i.reason or Reason.CANNOT_UNDERSTAND) for i in instances]
        return DicomJson(told(instances), HTTPStatus.CONFLICT)
    return DicomJson(told(instances), _status(instances), headers=_where(taken))


def _status(instances: list[Instance]) -> HTTPStatus:
    failed = any(one.reason is not None for one in instances)
    return HTTPStatus.ACCEPTED if failed else HTTPStatus.OK


def _where(taken: list[Taken]) -> dict[str, str]:
    """Under which addresses the studies are found, and how many were there already."""
    known = sum(1 for one in taken if one.known)
    links = ", ".join(
        f'</api/v1/studies/{one.study_id}>; rel="related"' for one in taken[:_MOST_LINKS]
    )
    warning = {"Warning": f'299 glioscope "known already: {known}"'} if known else {}
    return {"Link": links, **warning}


def _require_json(accept: str) -> None:
    """Refuse a sender that understands only XML, or anything else that is not said here."""
    kinds = {part.split(";")[0].strip().lower() for part in accept.split(",")}
    if not kinds & set(_ACCEPTED):
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, "server.stow_accept")
