"""What answers look like; OpenAPI is made from these."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from glioscope.jobs.states import State
from glioscope.reviews.reasons import Verdict

Share = Annotated[float, Field(ge=0, le=1)]
Moment = Annotated[int, Field(description="Milliseconds since 1970, UTC.")]

# What a page of the list is made of are plain dataclasses: it is asked for many times a second, and
# what comes from our own tables needs no check.


@dataclass(kw_only=True)
class Cause:
    """Why a study has no result, in the language of the request."""

    code: str
    text: str


@dataclass(kw_only=True)
class ResultSummary:
    """What an analysis found, in figures; what the model says of it is null for blind readers.

    A study that the model was not asked about is `not analysed`. `slices` are probabilities in
    percent, lowest slice first; `change_ml` is the change of the volume since the patient's study
    before this one, which was on `change_since` (YYYY-MM-DD).
    """

    id: str
    created_at: Moment
    decision: Literal["tumour", "not typical", "no tumour", "not analysed"] | None
    probability: Share | None
    volume_ml: float | None
    volume_low_ml: float | None
    volume_high_ml: float | None
    change_ml: float | None
    change_since: str | None
    gate: Literal["fit", "warned", "refused"] | None
    slices: list[int] | None
    model: str
    model_version: str


@dataclass(kw_only=True)
class ReviewSummary:
    """The newest review that none supersedes, outside of reading lists."""

    verdict: Verdict
    reader: str
    signed: bool
    at: Annotated[
        int, Field(description="Milliseconds since 1970, UTC: when it was signed, else given.")
    ]


@dataclass(kw_only=True)
class StudySummary:
    """One line of the work list; identity is null for those who may not see it."""

    id: str
    name: Annotated[str, Field(description="A pseudonym.")]
    kind: str
    patient_id: str | None
    patient_name: str | None
    accession: str | None
    study_date: Annotated[str | None, Field(description="YYYY-MM-DD")]
    received_at: Moment
    urgent: bool
    state: State
    stage: Annotated[
        str | None, Field(description="starting, reading, network or writing, while it runs")
    ]
    done: Annotated[int, Field(description="Slices that the network has answered.")]
    total: int
    cause: Cause | None
    result: ResultSummary | None
    with_model: Annotated[bool, Field(description="Whether the model is asked.")]
    open_by: Annotated[list[str], Field(description="Names of others who have it open.")]
    review: ReviewSummary | None
    replaces: Annotated[
        str | None,
        Field(description="The same examination as it was before more of its pictures came."),
    ]
    replaced_by: Annotated[
        str | None, Field(description="The same, after more of its pictures came.")
    ]


@dataclass(kw_only=True)
class StudyPage:
    """A page of the work list."""

    total: int
    studies: list[StudySummary]


class Uploaded(BaseModel):
    """A study that was handed in; `known` tells that it was there already."""

    id: str
    known: bool


class UploadedStudies(BaseModel):
    """What was found in an upload."""

    studies: list[Uploaded]


class UploadBegun(BaseModel):
    """An upload in parts: `received` bytes of each file are here."""

    id: str
    files: dict[str, int]


class Priority(BaseModel):
    """Whether a study is to be analysed and shown before others."""

    urgent: bool


class FileEntry(BaseModel):
    """One file of a result."""

    name: str
    bytes: int
    media_type: str


class FileList(BaseModel):
    """All files of a result."""

    files: list[FileEntry]


class Health(BaseModel):
    """Whether the server can work: `state` is `ready`, `no space`, `no worker` or `no database`."""

    state: Literal["ready", "no space", "no worker", "no database"]
    workers: int
    waiting: int
    stuck: int = Field(
        description="Of a PACS node: studies and results that do not get on, as /node shows."
    )


class ProblemDocument(BaseModel):
    """RFC 9457; `detail` is in the language of the request."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] = []


def day(text: str | None) -> str | None:
    """A day of DICOM as YYYY-MM-DD; None where it is none."""
    if text is None or len(text) != 8 or not text.isascii() or not text.isdigit():
        return None
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"
