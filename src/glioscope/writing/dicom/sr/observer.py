"""Who observed (TID 1001): the program as a device, and the reader, unnamed, where one drew."""

from typing import TYPE_CHECKING

from glioscope.analysis import Analysis
from glioscope.texts.message import message
from glioscope.writing.dicom.algorithm import observer_of
from glioscope.writing.dicom.elements import MANUFACTURER, software_version
from glioscope.writing.dicom.target import made_with

if TYPE_CHECKING:
    from highdicom.sr import ObserverContext


def device(analysis: Analysis) -> "ObserverContext":
    """The program, by the values that it has as contributing equipment."""
    from highdicom.sr import DeviceObserverIdentifyingAttributes, ObserverContext
    from pydicom.sr.codedict import codes

    algorithm = observer_of(analysis)
    attributes = DeviceObserverIdentifyingAttributes(
        uid=algorithm.uid,
        name=f"{MANUFACTURER} {software_version()}",
        manufacturer_name=MANUFACTURER,
        model_name=algorithm.name,
        serial_number=made_with(analysis),
    )
    return ObserverContext(codes.DCM.Device, attributes)


def person(analysis: Analysis) -> "ObserverContext | None":
    """The reader by his role: whose reading it is, is for the hospital's own records."""
    from highdicom.sr import ObserverContext, PersonObserverIdentifyingAttributes
    from pydicom.sr.codedict import codes

    if analysis.author == "model":
        return None
    attributes = PersonObserverIdentifyingAttributes(name=f"{message('writing.reader')}^")
    return ObserverContext(codes.DCM.Person, attributes)
