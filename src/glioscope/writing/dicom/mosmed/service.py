"""What the service is called, and when it worked: what every part of the profile repeats."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from glioscope.analysis import Analysis, ModelInfo
from glioscope.writing.dicom.elements import MANUFACTURER, software_version

FOLDER = "mosmed"
REPORT, SERIES, NOTICE = "sr.dcm", "series", "notify.json"


class Service(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How an installation is registered: the table `[mosmed]` of a node's file.

    Attributes:
        model_id: number that the centre gave the service.
        direction: what it is for, as the series is called by.
        modality: of the additional series: the source's own, or ASMT.
        guide: where the user's guide is to be found.
    """

    model_id: Annotated[int, Meta(ge=1, le=999_999_999)] = 1
    # With the name before it, it has to fit the 64 characters of a SeriesDescription.
    direction: Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^\\]+$")] = (
        "МРТ_ГМ_глиома"
    )
    modality: Literal["ASMT", "source"] = "ASMT"
    guide: Annotated[str, Meta(min_length=1)] = "поставляется с программой, папка docs"

    @property
    def name(self) -> str:
        """The service's name: by it a node tells series of its own from those of a scanner."""
        return MANUFACTURER


@dataclass(frozen=True)
class Times:
    """When the study was fetched and processed, in local time."""

    download_began: datetime
    download_ended: datetime
    began: datetime
    ended: datetime

    @classmethod
    def of_ms(cls, *moments: int) -> Self:
        """The same from milliseconds since 1970."""
        return cls(*(datetime.fromtimestamp(ms / 1000) for ms in moments))


def model_of(analysis: Analysis) -> ModelInfo:
    """The model that answered; the profile is of services, and an outline of a reader is none."""
    if analysis.model is None:
        raise ValueError("the profile is for answers of a model")
    return analysis.model


def version_of(analysis: Analysis) -> str:
    """Version of the software and of its model."""
    model = model_of(analysis)
    return f"{software_version()} ({model.name} {model.version})"


def is_pathology(analysis: Analysis) -> bool:
    """Whether the study is called suspicious."""
    return analysis.decision == "tumour"
