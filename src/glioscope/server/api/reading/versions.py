"""Outlines that readers drew, and everything that was made again from them."""

import json
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection, Row, select

from glioscope.database.tables import Study, Version
from glioscope.jobs.results import FILES, VIEW
from glioscope.reviews.outlines import drafts, versions
from glioscope.reviews.outlines.packed import unpacked
from glioscope.reviews.outlines.redraw import NotRedrawn, Redrawn, Wanted, redraw
from glioscope.reviews.outlines.volumes import grid_in
from glioscope.reviews.pairs import NOT_ANALYSED
from glioscope.reviews.sight import Sight, sight_of
from glioscope.server.access import audit
from glioscope.server.access.guard import Reader, Viewer, note
from glioscope.server.access.roles import Who
from glioscope.server.access.sight import require_author
from glioscope.server.api.reading.asked import (
    Base,
    ListId,
    hold,
    last_result,
    require_base,
    require_list,
    require_study,
)
from glioscope.server.api.reading.shapes import VersionList, VersionShape
from glioscope.server.api.shapes import FileList
from glioscope.server.bodies import body_of, described_body
from glioscope.server.context import Context, Here
from glioscope.server.problems import Problem
from glioscope.server.stored import (
    FOREVER,
    KINDS,
    described,
    handed_over,
    listing,
    require_identity,
    stored_file,
)

router = APIRouter(prefix="/studies/{study_id}/versions", tags=["reading"])

# Of a packed outline: gzip makes some kB of it.
_MOST_BYTES = 64 * 2**20
_PACKED = described_body("application/gzip")


@router.get("")
def list_versions(study_id: str, here: Here, who: Viewer, list_id: ListId = None) -> VersionList:
    """Outlines that one may see; a blind reader sees his own."""
    with here.reads.connect() as connection:
        require_study(connection, study_id)
        seen = sight_of(connection, who.name, study_id)
        rows = versions.versions_of(connection, study_id, who.name, seen, list_id)
    return VersionList(versions=[_shape(row, seen) for row in rows])


@router.post("", status_code=HTTPStatus.CREATED, openapi_extra=_PACKED)
async def save_version(
    study_id: str, base: Base, request: Request, here: Here, who: Reader, list_id: ListId = None
) -> VersionShape:
    """Hand an outline in; reports, SEG and SR are made again from it before the answer.

    The body is gzip of one byte per voxel on the grid of `view/mask.nii.gz`, first axis fastest,
    not 0 where it is inside. The reader's draft is dropped.
    """
    content = await body_of(request, _MOST_BYTES)
    return await run_in_threadpool(_saved, here, who, study_id, base, list_id, content)


@router.get("/{version_id}/mask", response_class=Response, responses=described("application/gzip"))
def get_mask(study_id: str, version_id: str, here: Here, who: Viewer) -> Response:
    """The outline as NIfTI on the grid of the view; a voxel holds the number of its finding."""
    row = _seen(here, who, study_id, version_id)
    with stored_file(here, row.folder, VIEW, "mask.nii.gz") as path:
        note(here, who, "view", f"{study_id} {version_id}")
        return Response(path.read_bytes(), media_type="application/gzip", headers=FOREVER)


@router.get("/{version_id}/view")
def get_version_view(
    study_id: str, version_id: str, here: Here, who: Viewer, response: Response
) -> dict[str, Any]:
    """What the viewer shows of an outline: `view.json`, with what was measured."""
    row = _seen(here, who, study_id, version_id)
    with stored_file(here, row.folder, VIEW, "view.json") as path:
        note(here, who, "view", f"{study_id} {version_id}")
        response.headers.update(FOREVER)
        return json.loads(path.read_text(encoding="utf-8"))


@router.get("/{version_id}/files")
def list_version_files(study_id: str, version_id: str, here: Here, who: Viewer) -> FileList:
    """Names and sizes of the files that one may fetch."""
    return listing(here, who, _seen(here, who, study_id, version_id).folder)


@router.get("/{version_id}/files/{name:path}", response_class=Response, responses=described(*KINDS))
def get_version_file(
    study_id: str, version_id: str, name: str, here: Here, who: Viewer
) -> Response:
    """One file. DICOM names the patient, and is for those who may see who he is."""
    row = _seen(here, who, study_id, version_id)
    with stored_file(here, row.folder, FILES, name) as path:
        require_identity(who, path)
        note(here, who, "export", f"{study_id} {version_id} {name}")
        return handed_over(path)


def _seen(here: Context, who: Who, study_id: str, version_id: str) -> Row[Version]:
    """A version that one may see."""
    with here.reads.connect() as connection:
        row = versions.version_of(connection, study_id, version_id)
    if row is None:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_version")
    require_author(here, who, study_id, row.author)
    return row


def _saved(
    here: Context, who: Who, study_id: str, base: str, list_id: str | None, content: bytes
) -> VersionShape:
    """Files first, then the row: a version that is listed is there."""
    with here.reads.connect() as connection:
        wanted = _wanted(connection, here, who, study_id, base, list_id, content)
    folder = versions.new_folder()
    found = _redrawn(here, wanted, folder)
    try:
        with here.engine.begin() as connection:
            hold(connection, study_id)
            require_list(connection, who, study_id, list_id)
            version_id = versions.enter(
                connection,
                study_id,
                author=who.name,
                base=base,
                list_id=list_id,
                folder=folder,
                found=found,
            )
            drafts.drop(connection, study_id, who.name, list_id)
            audit.record(connection, who.name, "draw", f"{study_id} {version_id}")
            row = versions.version_of(connection, study_id, version_id)
            seen = sight_of(connection, who.name, study_id)
    except BaseException:
        here.store.remove(folder)
        raise
    assert row is not None
    return _shape(row, seen)


def _redrawn(here: Context, wanted: Wanted, folder: str) -> Redrawn:
    limits = here.limits
    try:
        with here.redraws:
            return redraw(
                here.store,
                wanted,
                folder,
                memory_bytes=limits.memory_bytes,
                seconds=limits.study_s,
            )
    except NotRedrawn:
        raise
    except FileNotFoundError as error:
        raise Problem(HTTPStatus.CONFLICT, "server.input_gone") from error
    except OSError as error:
        raise Problem.not_stored(error) from error


def _wanted(
    connection: Connection,
    here: Context,
    who: Who,
    study_id: str,
    base: str,
    list_id: str | None,
    content: bytes,
) -> Wanted:
    """What is to be made, once it is known that he may ask for it."""
    require_study(connection, study_id)
    require_list(connection, who, study_id, list_id)
    require_base(connection, who, study_id, base)
    result = last_result(connection, study_id)
    if result is None:
        raise Problem(HTTPStatus.CONFLICT, "server.no_pictures")
    analysed = result.decision != NOT_ANALYSED
    if base == versions.MODEL and not analysed:
        raise Problem(HTTPStatus.CONFLICT, "server.no_outline")
    from_model = versions.began_with_the_model(connection, study_id, base)
    inside = unpacked(content, grid_in(here.store, result.folder).shape)
    study = connection.execute(
        select(Study.folder, Study.place, Study.name).where(Study.id == study_id)
    ).one()
    return Wanted(
        upload=study.folder,
        place=study.place,
        result=result.folder,
        name=study.name,
        inside=inside,
        model=_model(here, result.folder) if from_model else None,
        compared=analysed,
        lang=here.lang,
        charset=here.charset,
    )


def _model(here: Context, folder: str) -> tuple[str, str, str]:
    """Name, version and SHA-256 of the model that answered."""
    with stored_file(here, folder, FILES, "analysis.json") as path:
        model = json.loads(path.read_text(encoding="utf-8"))["model"]
    return model["name"], model["version"], model["sha256"]


def _shape(row: Row[Version], seen: Sight) -> VersionShape:
    return VersionShape(
        id=row.id,
        number=row.number,
        author=row.author,
        base=row.base,
        list=row.list_id,
        created_at=row.created_at,
        voxels=row.voxels,
        volume_ml=row.volume_ml,
        added=row.added if seen.model else None,
        removed=row.removed if seen.model else None,
        dice=row.dice if seen.model else None,
    )
