"""What made a result, told alike wherever a DICOM object asks for it.

IHE's profile AI Results (Rev. 1.3, 6.5.3.1) wants every algorithm among the contributing equipment,
by the values that device observer (TID 1004), algorithm identification (TID 4019) and segments
have for it; its UID is another one as soon as the model or the program is.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from glioscope.analysis import Analysis
from glioscope.analysis_parts import ModelInfo
from glioscope.writing.dicom.elements import MANUFACTURER, code, item, software_version, uid_of

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True)
class Algorithm:
    """Name and version as standards ask for them, and the UID of just this one."""

    name: str
    version: str
    uid: str


def observer_of(analysis: Analysis) -> Algorithm:
    """The model, or the program where it measured what a reader outlined."""
    if analysis.author == "model" and analysis.model:
        return model_algorithm(analysis.model)
    version = software_version()
    return Algorithm(MANUFACTURER, version, uid_of("device", version, analysis.author))


def model_algorithm(model: ModelInfo) -> Algorithm:
    """A model as this version of the program runs it."""
    uid = uid_of("device", software_version(), model.sha256)
    return Algorithm(f"{MANUFACTURER} {model.name}", model.version, uid)


def contributing_equipment(analysis: Analysis) -> "list[Dataset]":
    """Items of Contributing Equipment Sequence: the observer, and the model a reader began with."""
    made_by = [observer_of(analysis)]
    if analysis.author != "model" and analysis.model:
        made_by.append(model_algorithm(analysis.model))
    return [_processing(one) for one in made_by]


def _processing(algorithm: Algorithm) -> "Dataset":
    return item(
        PurposeOfReferenceCodeSequence=[code("109102", "DCM", "Processing Equipment")],
        Manufacturer=MANUFACTURER,
        ManufacturerModelName=algorithm.name,
        SoftwareVersions=algorithm.version,
        DeviceUID=algorithm.uid,
    )
