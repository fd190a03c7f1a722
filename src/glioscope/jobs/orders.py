"""What the process of one study is told on its stdin, and what it answers on its stdout.

Both are one JSON object per line.
"""

from typing import Any, Literal

import msgspec

from glioscope.writing.dicom.mosmed.registration import Service


class Order(msgspec.Struct, tag="analyse", kw_only=True, frozen=True):
    """One study to analyse.

    Attributes:
        input: folder with what was handed in; `place` tells which of its studies.
        out: folder, not there yet, that the results are written to.
        name: what reports call the study.
        lang: of the reports; the other language is written beside it.
        charset: code page of undeclared DICOM text.
        force: analyse also what is not fit for the model.
        with_model: ask the network; else the pictures are only made ready for readers.
        make: DICOM results beside SEG and SR: `pdf`, `capture`, `probability`, `mosmed`, and
            `pseudonymous` for all of them once more without the patient.
        earlier: folder of an earlier result of the patient, whose lesions are followed.
        fetched: when a node began and ended to fetch the study, in milliseconds since 1970.
        service: how the installation is registered, for `mosmed`.
    """

    input: str
    place: int
    out: str
    name: str
    lang: Literal["en", "ru"]
    charset: str | None = None
    force: bool = False
    with_model: bool = True
    make: tuple[str, ...] = ()
    earlier: str | None = None
    fetched: tuple[int, int] | None = None
    service: Service = Service()


class Redraw(msgspec.Struct, tag="redraw", kw_only=True, frozen=True):
    """A reader's outline of one study, from which everything is made again.

    Attributes:
        outline: file of NumPy with the voxels inside, on the grid of the study's view.
        model: name, version and SHA-256 of the model whose outline he began with; None where he
            drew by hand.
        earlier: folder of the study's own result, so that lesions stay what they were.
        The others are as in `Order`.
    """

    input: str
    place: int
    out: str
    name: str
    lang: Literal["en", "ru"]
    outline: str
    model: tuple[str, str, str] | None
    charset: str | None = None
    earlier: str | None = None


class Progress(msgspec.Struct, tag="progress", frozen=True):
    """How far it is: `done` of `total` slices where `stage` is `network`, else 0 of 0."""

    stage: str
    done: int = 0
    total: int = 0


class Done(msgspec.Struct, tag="done", kw_only=True, frozen=True):
    """The results lie in the folder; these are the figures for lists.

    What the network was not asked for has the decision `not analysed`, and no figures.
    """

    decision: str
    probability: float | None
    volume_ml: float | None
    volume_low: float | None
    volume_high: float | None
    gate: str | None
    slices: list[int]
    model: str
    model_version: str
    figures: dict[str, float] | None = None


class Redrawn(msgspec.Struct, tag="redrawn", kw_only=True, frozen=True):
    """Everything was made again; `volume_ml` is None where the size of a voxel is not known."""

    voxels: int
    volume_ml: float | None


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """The input can never be analysed, for a cause that is a message of the catalogue."""

    cause: dict[str, Any]


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """The attempt failed; `kind` is `memory`, `space`, `model` or `error`, `said` what was said."""

    kind: Literal["memory", "space", "model", "error"]
    said: str


Answer = Progress | Done | Redrawn | Refused | Failed
