"""The message that tells the centre that the results of a study are there."""

from datetime import datetime
from typing import Any

from glioscope.analysis import Analysis
from glioscope.writing.dicom.mosmed.report import concluded, described
from glioscope.writing.dicom.mosmed.service import Service, Times, is_pathology, version_of


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
            "dateTimeParams": {
                "downloadStartDT": _told(times.download_began),
                "downloadEndDT": _told(times.download_ended),
                "processStartDT": _told(times.began),
                "processEndDT": _told(times.ended),
            },
            "probParams": {"glioma": round(analysis.probability or 0.0, 4)},
        },
    }


def _told(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
