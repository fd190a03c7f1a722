# pyright: basic
# It speaks with pydicom, whose types have gaps.
"""What a worklist is told of a workitem, as the IOD has it (PS3.3, C.30; PS3.4, table CC.2.5-3)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from glioscope import __version__
from glioscope.pacs.config import Destination, StoreDestination, StowDestination
from glioscope.reading.quiet import quietly

_STATION = Code("GLIOSCOPE", "99GLIOSCOPE", "glioscope")
_TAGS = ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"]


def progress(percent: int) -> Dataset:
    """How far it is."""
    step = Dataset()
    step.ProcedureStepProgress = str(percent)
    return _with(ProcedureStepProgressInformationSequence=[step])


def given_up(reason: str, *, asked: bool, ended_ms: int) -> Dataset:
    """Why it is cancelled; `asked` where somebody wanted that. All that a final state needs."""
    step = Dataset()
    step.ProcedureStepCancellationDateTime = _time(ended_ms)
    # Reason For Cancellation is LT: 10240 characters at most.
    step.ReasonForCancellation = reason[:10_000]
    unspecified = codes.DCM.DiscontinuedForUnspecifiedReason
    fitting = codes.DCM.ObjectTypesNotSupported
    step.ProcedureStepDiscontinuationReasonCodeSequence = [_item(unspecified if asked else fitting)]
    told = _with(ProcedureStepProgressInformationSequence=[step])
    told.SpecificCharacterSet = "ISO_IR 192"
    return told


def performed(
    scheduled: Dataset, outputs: Sequence[Dataset], *, began_ms: int, ended_ms: int
) -> Dataset:
    """What was done and what came of it; `scheduled` names what was asked for."""
    step = Dataset()
    step.PerformedStationNameCodeSequence = [_item(_STATION)]
    step.PerformedProcedureStepStartDateTime = _time(began_ms)
    step.PerformedProcedureStepEndDateTime = _time(ended_ms)
    step.PerformedProcedureStepDescription = f"glioscope {__version__}"
    step.PerformedWorkitemCodeSequence = list(
        scheduled.get("ScheduledWorkitemCodeSequence") or [_item(codes.DCM.ComputerAidedDetection)]
    )
    step.OutputInformationSequence = list(outputs)
    return _with(UnifiedProcedureStepPerformedProcedureSequence=[step])


def outputs(files: Iterable[Path], destinations: Sequence[Destination]) -> list[Dataset]:
    """DICOM results by series, and where they can be fetched from."""
    found: dict[str, Dataset] = {}
    for path in files:
        with quietly():
            header = dcmread(path, stop_before_pixels=True, specific_tags=_TAGS)
        series = found.get(header.SeriesInstanceUID)
        if series is None:
            series = found[header.SeriesInstanceUID] = Dataset()
            series.TypeOfInstances = "DICOM"
            series.StudyInstanceUID = header.StudyInstanceUID
            series.SeriesInstanceUID = header.SeriesInstanceUID
            series.ReferencedSOPSequence = []
            _say_where(series, destinations)
        one = Dataset()
        one.ReferencedSOPClassUID = header.SOPClassUID
        one.ReferencedSOPInstanceUID = header.SOPInstanceUID
        series.ReferencedSOPSequence.append(one)
    return list(found.values())


def _say_where(series: Dataset, destinations: Sequence[Destination]) -> None:
    web, titles = [], []
    for one in destinations:
        place = Dataset()
        if isinstance(one, StowDestination):
            study = f"{one.url.rstrip('/')}/studies/{series.StudyInstanceUID}"
            place.RetrieveURL = f"{study}/series/{series.SeriesInstanceUID}"
            web.append(place)
        elif isinstance(one, StoreDestination):
            place.RetrieveAETitle = one.title
            titles.append(place)
    if web:
        series.WADORSRetrievalSequence = web
    if titles:
        series.DICOMRetrievalSequence = titles


def _with(**values: list[Dataset]) -> Dataset:
    told = Dataset()
    for keyword, value in values.items():
        setattr(told, keyword, value)
    return told


def _item(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue = code.value
    item.CodingSchemeDesignator = code.scheme_designator
    item.CodeMeaning = code.meaning
    return item


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y%m%d%H%M%S.%f}+0000"
