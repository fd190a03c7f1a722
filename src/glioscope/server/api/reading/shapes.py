"""What answers about readers' work look like. Times are milliseconds since 1970, UTC."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from glioscope.reviews.reasons import Reason, Verdict

Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
# No NUL: PostgreSQL takes none.
_TEXT = r"^[^\x00]*$"
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=_TEXT)]


class VersionShape(BaseModel):
    """An outline that a reader drew; what compares it with the model is null for blind readers."""

    id: str
    number: int
    author: str
    base: str = Field(description="`model`, `empty`, or the id of another version.")
    list: str | None
    created_at: int
    voxels: int
    volume_ml: float | None
    added: int | None = Field(description="Voxels that the model's outline lacks.")
    removed: int | None = Field(description="Voxels that only the model's outline has.")
    dice: float | None = Field(description="With the model's outline; null where both are empty.")


class VersionList(BaseModel):
    """Versions, oldest first."""

    versions: list[VersionShape]


class ReviewGiven(BaseModel):
    """What a reader says; `correct` needs a version of his, `reject` a reason."""

    verdict: Verdict
    reason: Reason | None = None
    comment: Annotated[str, Field(max_length=4000, pattern=_TEXT)] | None = None
    version: Id | None = None
    list: Id | None = None
    supersedes: Id | None = None
    seconds: Annotated[int, Field(ge=0, le=10**9)] | None = None


class ReviewShape(BaseModel):
    """A review; one that is signed never changes."""

    id: str
    number: int
    reader: str
    verdict: Verdict
    reason: Reason | None
    comment: str | None
    version: str | None
    list: str | None
    supersedes: str | None
    created_at: int
    signed_at: int | None
    seconds: int | None
    superseded_by: str | None


class ReviewList(BaseModel):
    """Reviews, oldest first."""

    reviews: list[ReviewShape]


class Outlined(BaseModel):
    """One of two outlines: `model`, or a reader's name and the id of his version."""

    who: str
    version: str | None


class PairShape(BaseModel):
    """Two outlines, voxel by voxel: see docs/reference/reviews.md for the figures."""

    a: Outlined
    b: Outlined
    dice: float | None
    kappa: float | None = Field(description="Cohen's, over all voxels of the grid.")
    volume_difference_ml: float | None = Field(description="Of a less that of b.")
    slices: list[float | None] = Field(description="Dice of each slice, lowest first.")


class Agreement(BaseModel):
    """Every pair of outlines of a study."""

    pairs: list[PairShape]


class StudyAgreement(Agreement):
    """The same of one study of a list."""

    id: str


class Median(BaseModel):
    """Medians over the studies of a list in which both drew."""

    a: str
    b: str
    studies: int
    dice: float | None
    kappa: float | None
    volume_difference_ml: float | None


class ListAgreement(BaseModel):
    """How far those agree who read a list, and the model with them."""

    studies: list[StudyAgreement]
    medians: list[Median]


class Present(BaseModel):
    """Who else has the study open."""

    others: list[str]


class Prior(BaseModel):
    """An earlier study; what the model said of it is null for blind readers."""

    id: str
    study_date: str | None
    name: str
    decision: Literal["tumour", "not typical", "no tumour", "not analysed"] | None
    volume_ml: float | None


class Priors(BaseModel):
    """Earlier studies, newest first."""

    priors: list[Prior]


class ListGiven(BaseModel):
    """A new reading list."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=_TEXT)]
    readers: Annotated[list[Name], Field(min_length=1, max_length=20)]
    studies: Annotated[list[Id], Field(min_length=1, max_length=5000)]
    model_shown: Literal["after", "never"]


class ListedStudy(BaseModel):
    """A study on a list; `read_by` are those who handed in, as far as one may know."""

    id: str
    name: str
    position: int
    read_by: list[str]


class ListShape(BaseModel):
    """A reading list."""

    id: str
    name: str
    model_shown: Literal["after", "never"]
    created_by: str
    created_at: int
    closed_at: int | None
    readers: list[str]
    studies: list[ListedStudy]


class Lists(BaseModel):
    """Reading lists, newest first."""

    lists: list[ListShape]
