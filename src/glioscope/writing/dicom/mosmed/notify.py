"""The messages: that the results of a study are there, or that it has none, and why."""

from datetime import datetime
from typing import Any

from glioscope.analysis import Analysis
from glioscope.texts.message import Message
from glioscope.writing.dicom.mosmed.errors import category_of
from glioscope.writing.dicom.mosmed.registration import Service
from glioscope.writing.dicom.mosmed.report import concluded, described
from glioscope.writing.dicom.mosmed.service import Times, is_pathology, version_of


def report_notice(
    analysis: Analysis, study_uid: str, series_uid: str, service: Service, times: Times
) -> dict[str, Any]:
    """`DICOMREPORTNOTIFY`, as JSON."""
    pathology = is_pathology(analysis)
    return {
        "type": "DICOMREPORTNOTIFY",
        "studyIUID": study_uid,
        "aiResult": {
            "seriesIUID": series_uid,
            "pathologyFlag": pathology,
            "norma": 0 if pathology else 1,
            "confidenceLevel": round(100 * (analysis.probability or 0.0)),
            "modelId": service.model_id,
            "modelVersion": version_of(analysis),
            "report": described(analysis),
            "conclusion": concluded(analysis),
            "dateTimeParams": _moments(times),
            "probParams": {"glioma": round(analysis.probability or 0.0, 4)},
        },
    }


def error_notice(study_uid: str, cause: Message, service: Service, times: Times) -> dict[str, Any]:
    """`PUMCONSUMERERROR`, as JSON."""
    return {
        "type": "PUMCONSUMERERROR",
        "studyIUID": study_uid,
        "aiResult": {
            "modelId": service.model_id,
            "error": category_of(cause.code),
            "description": cause.in_language("ru"),
            "dateTimeParams": _moments(times),
        },
    }


def _moments(times: Times) -> dict[str, str]:
    return {
        "downloadStartDT": _told(times.download_began),
        "downloadEndDT": _told(times.download_ended),
        "processStartDT": _told(times.began),
        "processEndDT": _told(times.ended),
    }


def _told(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
