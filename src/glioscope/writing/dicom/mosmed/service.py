"""Which version worked, when, and what it says: what every part of the profile repeats."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from glioscope.analysis import Analysis
from glioscope.analysis_parts import ModelInfo
from glioscope.writing.dicom.elements import software_version

FOLDER = "mosmed"
REPORT, SERIES, NOTICE = "sr.dcm", "series", "notify.json"


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
