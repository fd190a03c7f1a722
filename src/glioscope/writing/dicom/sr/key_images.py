"""Key images (Key Object Selection, TID 2010): for each lesion the slice where its area is largest.

Titled "Of Interest", they are what a viewer opens on, and what is put beside a report.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glioscope.errors import InputError
from glioscope.reading.quiet import quietly
from glioscope.texts.message import message
from glioscope.writing.dicom.elements import MANUFACTURER, UTF8, save_as_it_is, uid_of
from glioscope.writing.dicom.header import KEY_IMAGES_NUMBER, finish
from glioscope.writing.dicom.sr.observer import device, person
from glioscope.writing.dicom.target import DicomTarget

if TYPE_CHECKING:
    from pydicom import Dataset

_WHAT = "key images"


def write_key_images(target: DicomTarget, path: Path) -> None:
    """Write the selection.

    Raises:
        InputError: the study has no lesion.
    """
    save_as_it_is(key_images_dataset(target), path)


def key_images_dataset(target: DicomTarget) -> "Dataset":
    """What `write_key_images` writes."""
    from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
    from pydicom.sr.codedict import codes

    analysis = target.analysis
    if not analysis.findings:
        raise InputError("writing.no_key_images", study=analysis.study.study_id)
    frames = [target.reference.frames[slice_] for slice_ in key_slices(target)]
    sources = {str(one.SOPInstanceUID): one for one in target.own_sources()}
    chosen = [sources[frame.instance_uid] for frame in frames]
    selection = KeyObjectSelection(
        document_title=codes.DCM.OfInterest,
        referenced_objects=chosen,
        observer_person_context=person(analysis),
        observer_device_context=device(analysis),
        description=str(message("writing.key_images")),
    )
    pictures = [one for one in selection[0].ContentSequence if one.ValueType == "IMAGE"]
    for picture, frame in zip(pictures, frames, strict=True):
        if frame.frame is not None:
            picture.ReferencedSOPSequence[0].ReferencedFrameNumber = frame.frame
    with quietly():
        dataset = KeyObjectSelectionDocument(
            evidence=list({str(one.SOPInstanceUID): one for one in chosen}.values()),
            content=selection,
            series_instance_uid=target.series_uid(_WHAT),
            series_number=KEY_IMAGES_NUMBER,
            sop_instance_uid=uid_of(target.key, _WHAT),
            instance_number=1,
            manufacturer=MANUFACTURER,
            specific_character_set=UTF8,
        )
    finish(dataset, target, _WHAT)
    return dataset


def key_slices(target: DicomTarget) -> list[int]:
    """Frames as they were scanned, in their order; lesions may share one, and specks have none."""
    analysis = target.analysis
    areas = [
        np.count_nonzero(analysis.labels == finding.label, axis=(1, 2))
        for finding in analysis.lesions
    ]
    return sorted({int(area.argmax()) for area in areas})
