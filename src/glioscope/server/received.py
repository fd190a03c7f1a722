"""What is handed in, until it lies in the store: a folder under construction, then studies."""

import secrets
import shutil
from http import HTTPStatus
from pathlib import Path

from glioscope.files import move, sync
from glioscope.jobs.intake import Taken, take_in
from glioscope.server.access.guard import note
from glioscope.server.access.roles import Who
from glioscope.server.context import Context
from glioscope.server.problems import Problem

# All files lie in a folder of this name in the folder of their upload.
INSIDE = "upload"


def require_room(here: Context) -> None:
    """Refuse to take anything where the disk is nearly full."""
    if here.store.free_bytes() < here.free_bytes:
        raise Problem(HTTPStatus.INSUFFICIENT_STORAGE, "server.no_space")


def new_folder(here: Context) -> Path:
    """A folder for an upload, under a name that nobody can guess."""
    folder = here.store.scratch / f"upload-{secrets.token_hex(16)}"
    (folder / INSIDE).mkdir(parents=True)
    return folder


def studies_in(
    here: Context, who: Who, folder: Path, *, urgent: bool = False, with_model: bool = True
) -> list[Taken]:
    """Store what lies in the folder of an upload, and give each study in it a job.

    Raises:
        Problem: it is empty, or there is no room.
        InputError: it holds no study.
    """
    inside = folder / INSIDE
    files = [path for path in inside.rglob("*") if path.is_file()]
    if not files:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.upload_empty")
    for path in files:
        sync(path)
    if len(files) == 1:
        # One file is what it is, whatever folder a browser gave it, and may be called as ours is.
        aside = move(inside, folder / f".{INSIDE}")
        move(aside / files[0].relative_to(inside), folder / files[0].name)
        shutil.rmtree(aside)
    try:
        taken = take_in(
            here.engine,
            here.store,
            folder,
            wake=here.wake,
            urgent=urgent,
            charset=here.charset,
            with_model=with_model,
        )
    except OSError as error:
        raise Problem.not_stored(error) from error
    for one in taken:
        note(here, who, "hand in", one.study_id)
    return taken
