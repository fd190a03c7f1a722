"""What was found, as documents, files, volumes and pictures; a blind reader gets pictures alone."""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from glioscope.jobs.results import FILES, VIEW
from glioscope.server.access.guard import Viewer, note
from glioscope.server.access.sight import blind, require_model, sight
from glioscope.server.api.shapes import FileList
from glioscope.server.context import Here
from glioscope.server.pictures import slice_picture
from glioscope.server.problems import Problem
from glioscope.server.stored import (
    FOREVER,
    KINDS,
    described,
    handed_over,
    listing,
    media_type,
    require_identity,
    result_folder,
    stored_file,
)

router = APIRouter(prefix="/studies/{study_id}", tags=["results"])

# Of the view, what holds the model's answer.
_ANSWERS = {"mask.nii.gz", "probability.nii.gz", "bounds.nii.gz"}


@router.get("/analysis")
def get_analysis(study_id: str, here: Here, who: Viewer) -> dict[str, Any]:
    """The document `analysis.json`, as `glioscope analyze` writes it; none without the model."""
    folder = result_folder(here, study_id)
    require_model(here, who, study_id)
    with stored_file(here, folder, FILES, "analysis.json") as path:
        note(here, who, "view", study_id)
        return json.loads(path.read_text(encoding="utf-8"))


@router.get("/files")
def list_files(study_id: str, here: Here, who: Viewer) -> FileList:
    """Names and sizes of the files of the result that one may fetch."""
    folder = result_folder(here, study_id)
    require_model(here, who, study_id)
    return listing(here, who, folder)


@router.get("/files/{name:path}", response_class=Response, responses=described(*KINDS))
def get_file(study_id: str, name: str, here: Here, who: Viewer) -> Response:
    """One file of the result. DICOM names the patient, and is for those who may see who he is."""
    folder = result_folder(here, study_id)
    require_model(here, who, study_id)
    with stored_file(here, folder, FILES, name) as path:
        require_identity(who, path)
        note(here, who, "export", f"{study_id} {name}")
        return handed_over(path)


@router.get(
    "/view/{name}",
    response_class=Response,
    responses=described("application/gzip", "application/json"),
)
def get_view(study_id: str, name: str, here: Here, request: Request, who: Viewer) -> Response:
    """A volume for the viewer, packed with gzip, or `view.json`."""
    folder = result_folder(here, study_id)
    seen = sight(here, who, study_id)
    if name in _ANSWERS and not seen.model:
        raise blind()
    with stored_file(here, folder, VIEW, name) as path:
        note(here, who, "view", f"{study_id} {name}")
        if name == "view.json" and not seen.model:
            return Response(_stripped(path), media_type="application/json")
        headers = FOREVER if "result" in request.query_params else {}
        return Response(path.read_bytes(), media_type=media_type(path), headers=headers)


def _stripped(path: Path) -> bytes:
    """`view.json` without what the model says, and how it came by it."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["rule"] = None
    for said in facts["said"].values():
        said |= {"conclusion": "", "notices": []}
    return json.dumps(facts, ensure_ascii=False).encode()


@router.get("/slices/{index}.png", response_class=Response, responses=described("image/png"))
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
    folder = result_folder(here, study_id)
    if outline:
        require_model(here, who, study_id)
    with here.store.folder(folder) as stored:
        try:
            packed = slice_picture(
                stored / VIEW, channel, plane, index, (low, high), outline=outline
            )
        except (FileNotFoundError, IndexError) as error:
            raise Problem(HTTPStatus.NOT_FOUND, "server.no_slice", index=index) from error
    note(here, who, "view", f"{study_id} {channel} {plane} {index}")
    return Response(packed, media_type="image/png")
