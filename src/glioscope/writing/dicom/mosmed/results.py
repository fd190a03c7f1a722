"""Everything of the profile for one study, in one folder."""

from pathlib import Path

from glioscope.analysis import Analysis
from glioscope.files import atomic_json
from glioscope.writing.dicom.mosmed.notify import report_notice
from glioscope.writing.dicom.mosmed.registration import Service
from glioscope.writing.dicom.mosmed.report import write_report
from glioscope.writing.dicom.mosmed.series import series_uid, write_series
from glioscope.writing.dicom.mosmed.service import FOLDER, NOTICE, REPORT, SERIES, Times
from glioscope.writing.dicom.target import dicom_target


def write_mosmed(
    analysis: Analysis, folder: Path, times: Times, service: Service | None = None
) -> None:
    """Write `mosmed/sr.dcm`, `mosmed/series/` and `mosmed/notify.json` into a folder.

    Raises:
        InputError: the study was not read from DICOM.
    """
    told = service or Service()
    target = dicom_target(analysis)
    inside = folder / FOLDER
    write_report(target, told, times, inside / REPORT)
    write_series(target, told, times, inside / SERIES)
    study = str(target.header.StudyInstanceUID)
    notice = report_notice(analysis, study, series_uid(target, told), told, times)
    atomic_json(inside / NOTICE, notice)
