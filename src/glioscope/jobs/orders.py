"""What the process of one study is told on its stdin, and what it answers on its stdout.

Both are one JSON object per line.
"""

from typing import Any, Literal

import msgspec


class Order(msgspec.Struct, kw_only=True, frozen=True):
    """One study to analyse.

    Attributes:
        input: folder with what was handed in; `place` tells which of its studies.
        out: folder, not there yet, that the results are written to.
        name: what reports call the study.
        lang: of the reports; the other language is written beside it.
        charset: code page of undeclared DICOM text.
        force: analyse also what is not fit for the model.
    """

    input: str
    place: int
    out: str
    name: str
    lang: Literal["en", "ru"]
    charset: str | None = None
    force: bool = False


class Progress(msgspec.Struct, tag="progress", frozen=True):
    """How far it is: `done` of `total` slices where `stage` is `network`, else 0 of 0."""

    stage: str
    done: int = 0
    total: int = 0


class Done(msgspec.Struct, tag="done", kw_only=True, frozen=True):
    """The results lie in the folder; these are the figures for lists."""

    decision: str
    probability: float
    volume_ml: float | None
    volume_low: float | None
    volume_high: float | None
    gate: str | None
    slices: list[int]
    figures: dict[str, Any] | None = None
    model: str
    model_version: str


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """The input can never be analysed, for a cause that is a message of the catalogue."""

    cause: dict[str, Any]


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """The attempt failed; `kind` is `memory`, `space`, `model` or `error`, `said` what was said."""

    kind: Literal["memory", "space", "model", "error"]
    said: str


Answer = Progress | Done | Refused | Failed
