"""The two messages that tell the centre what became of a study."""

from datetime import datetime
from typing import Any, Literal

from glioscope.analysis import Analysis
from glioscope.writing.dicom.mosmed.report import concluded, described
from glioscope.writing.dicom.mosmed.service import Service, Times, is_pathology, version_of

# None of the first seven counts as the service's own fault.
Error = Literal[
    "Server unavailable",
    "Incorrect number of images",
    "Modality error",
    "Series error",
    "Tag error",
    "Body part error",
    "Images error",
    "Other",
]


def report_notice(
    analysis: Analysis, study_uid: str, series_uid: str, service: Service, times: Times
) -> dict[str, Any]:
    """`DICOMREPORTNOTIFY`: the results of a study are there."""
    pathology = is_pathology(analysis)
    return {
        "type": "DICOMREPORTNOTIFY",
        "studyIUID": study_uid,
        "aiResult": {
            "seriesIUID": series_uid,
            "pathologyFlag": pathology,
            "norma": 0 if pathology else 1,
            "confidenceLevel": round(100 * analysis.probability),
            "modelId": service.model_id,
            "modelVersion": version_of(analysis),
            "report": described(analysis),
            "conclusion": concluded(analysis),
            "dateTimeParams": {
                "downloadStartDT": _told(times.download_began),
                "downloadEndDT": _told(times.download_ended),
                "processStartDT": _told(times.began),
                "processEndDT": _told(times.ended),
            },
            "probParams": {"glioma": round(analysis.probability, 4)},
        },
    }


def error_notice(
    study_uid: str, service: Service, error: Error, description: str, at: datetime
) -> dict[str, Any]:
    """`PUMCONSUMERERROR`: a study got no result, and why."""
    return {
        "type": "PUMCONSUMERERROR",
        "studyIUID": study_uid,
        "aiResult": {
            "modelId": service.model_id,
            "error": error,
            "description": description,
            "dateTimeParams": {"processEndDT": _told(at)},
        },
    }


# Of the codes of causes, what each begins with decides.
_ERRORS: tuple[tuple[str, Error], ...] = (
    ("pacs.no_head", "Body part error"),
    ("pacs.no_pictures", "Modality error"),
    ("reading.dicom.no_flair", "Series error"),
    ("reading.dicom.damaged", "Images error"),
    ("reading.damaged", "Images error"),
    ("pacs.damaged", "Images error"),
    ("reading.dicom.gap", "Incorrect number of images"),
    ("reading.dicom", "Tag error"),
    ("reading", "Images error"),
    ("pacs.source_down", "Server unavailable"),
)


def error_of(cause: str) -> Error:
    """The centre's category for a cause, by its code."""
    return next((error for begin, error in _ERRORS if cause.startswith(begin)), "Other")


def _told(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
