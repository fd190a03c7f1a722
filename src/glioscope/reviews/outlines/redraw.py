"""Everything made again from a reader's outline, by a process of its own: whole or not at all."""

import os
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from glioscope.errors import GlioscopeError
from glioscope.jobs import orders
from glioscope.jobs.orders import Failed, Redraw, Refused
from glioscope.jobs.processes import COMMAND, Ended, StudyProcess
from glioscope.jobs.results import FILES
from glioscope.jobs.storage.store import Store
from glioscope.reviews.agreement import Overlap
from glioscope.reviews.outlines.volumes import labels_in
from glioscope.settings import Charset
from glioscope.texts.catalogue import Language
from glioscope.texts.message import Message

OUTLINE = "outline.npy"


class NotRedrawn(GlioscopeError):
    """Nothing could be made from the outline; says why."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An outline on the grid of its study's view, and what is to be made of it.

    Attributes:
        upload, place: where the study lies in the store, and which of the studies there it is.
        result: folder of its result.
        name: what reports call the study.
        model: name, version and SHA-256 of the model whose outline the reader began with.
        compared: whether the model has an outline that this one is compared with.
    """

    upload: str
    place: int
    result: str
    name: str
    inside: Bool[np.ndarray, "i j k"]
    model: tuple[str, str, str] | None
    compared: bool
    lang: Language
    charset: Charset | None


@dataclass(frozen=True)
class Redrawn:
    """Figures of a version, as `glioscope.database.tables.Version` holds them."""

    voxels: int
    volume_ml: float | None
    added: int | None
    removed: int | None
    dice: float | None


def redraw(
    store: Store,
    wanted: Wanted,
    folder: str,
    *,
    memory_bytes: int,
    seconds: float,
    command: Sequence[str] = COMMAND,
) -> Redrawn:
    """Make everything again and put it into the store as `folder`.

    Raises:
        NotRedrawn: the process failed, took too long, or was refused what it asked for.
        FileNotFoundError: the upload or the result is not there any more.
        OSError: there is no room.
    """
    scratch = store.scratch / f"redraw-{secrets.token_hex(12)}"
    scratch.mkdir()
    try:
        np.save(scratch / OUTLINE, wanted.inside)
        with store.folder(wanted.upload) as upload, store.folder(wanted.result) as result:
            order = _order(wanted, upload, result / FILES, scratch)
            made = _asked(order, memory_bytes, seconds, command)
        found = Redrawn(made.voxels, made.volume_ml, *_against_the_model(store, wanted))
        store.put(scratch / "out", folder)
        return found
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _order(wanted: Wanted, upload: Path, result: Path, scratch: Path) -> Redraw:
    return Redraw(
        input=os.fspath(upload),
        place=wanted.place,
        out=os.fspath(scratch / "out"),
        name=wanted.name,
        lang=wanted.lang,
        outline=os.fspath(scratch / OUTLINE),
        model=wanted.model,
        charset=wanted.charset,
        earlier=os.fspath(result),
    )


def _asked(
    order: Redraw, memory_bytes: int, seconds: float, command: Sequence[str]
) -> orders.Redrawn:
    """What a process answers to an order."""
    deadline = time.monotonic() + seconds
    process = StudyProcess(memory_bytes, command, with_model=False)
    try:
        process.order(order)
        last = None
        while not isinstance(heard := process.hear(deadline - time.monotonic()), Ended):
            if heard is None:
                raise NotRedrawn("server.redraw_too_long", seconds=round(seconds))
            last = heard
        if isinstance(last, orders.Redrawn) and heard.status == 0:
            return last
        if isinstance(last, Refused):
            raise NotRedrawn.of(Message.from_dict(last.cause))
        if isinstance(last, Failed) and last.kind == "space":
            raise OSError(last.said)
        said = last.said if isinstance(last, Failed) else str(heard.status)
        raise NotRedrawn("server.redraw_failed", said=said)
    finally:
        process.end()


def _against_the_model(store: Store, wanted: Wanted) -> tuple[int | None, int | None, float | None]:
    """Voxels that the model's outline lacks, those that only it has, and Dice."""
    if not wanted.compared:
        return None, None, None
    model = labels_in(store, wanted.result) > 0
    added = int(np.count_nonzero(wanted.inside & ~model))
    removed = int(np.count_nonzero(model & ~wanted.inside))
    return added, removed, Overlap.of(wanted.inside, model).dice
