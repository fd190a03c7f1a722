"""What answers look like; OpenAPI is made from these."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from glioscope.jobs.states import State

Share = Annotated[float, Field(ge=0, le=1)]


class Cause(BaseModel):
    """Why a study has no result, in the language of the request."""

    code: str
    text: str


class ResultSummary(BaseModel):
    """What an analysis found, in figures.

    `slices` are probabilities in percent, lowest slice first; `change_ml` is the change of the
    volume since the patient's study before this one.
    """

    id: str
    created_at: int = Field(description="Milliseconds since 1970, UTC.")
    decision: Literal["tumour", "no tumour"]
    probability: Share
    volume_ml: float | None
    volume_low_ml: float | None
    volume_high_ml: float | None
    change_ml: float | None
    gate: Literal["fit", "warned", "refused"] | None
    slices: list[int]
    model: str
    model_version: str


class StudySummary(BaseModel):
    """One line of the work list; identity is null for those who may not see it."""

    id: str
    name: str = Field(description="A pseudonym.")
    kind: str
    patient_id: str | None
    patient_name: str | None
    accession: str | None
    study_date: str | None = Field(description="YYYY-MM-DD")
    received_at: int = Field(description="Milliseconds since 1970, UTC.")
    urgent: bool
    state: State
    stage: str | None = Field(description="starting, reading, network or writing, while it runs")
    done: int = Field(description="Slices that the network has answered.")
    total: int
    cause: Cause | None
    result: ResultSummary | None


class StudyPage(BaseModel):
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


class ProblemDocument(BaseModel):
    """RFC 9457; `detail` is in the language of the request."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] = []
