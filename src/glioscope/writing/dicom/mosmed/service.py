"""What the service is called, and when it worked: what every part of the profile repeats."""

from dataclasses import dataclass
from datetime import datetime

from glioscope.analysis import Analysis, ModelInfo
from glioscope.writing.dicom.elements import MANUFACTURER, software_version

FOLDER = "mosmed"
REPORT, SERIES, NOTICE = "sr.dcm", "series", "notify.json"


@dataclass(frozen=True, kw_only=True)
class Service:
    """How an installation is registered.

    Attributes:
        model_id: number that the centre gave the service.
        direction: what it is for, as the series is called by.
        modality: of the additional series: the source's own, or ASMT.
        guide: where the user's guide is to be found.
    """

    model_id: int = 1
    direction: str = "МРТ_ГМ_глиома"
    modality: str = "ASMT"
    guide: str = "поставляется с программой, папка docs"

    @property
    def name(self) -> str:
        """The service's name."""
        return MANUFACTURER


@dataclass(frozen=True)
class Times:
    """When the study was fetched and processed, in local time."""

    download_began: datetime
    download_ended: datetime
    began: datetime
    ended: datetime


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
