"""Phantoms that went through DICOM files: written by us, read by us."""

from pathlib import Path

from glioscope.analysis import Analysis
from glioscope.reading.dicom import read_dicom
from glioscope.study import Sequence
from glioscope.volume import Mask
from glioscope.writing.dicom_common import uid_of
from glioscope.writing.dicom_series import AS_READ, SeriesTags, write_series
from phantoms import analysis_for, study_for

FLAIR = SeriesTags(
    "FLAIR",
    uid_of("study"),
    uid_of("frame"),
    repetition_ms=9000.0,
    echo_ms=120.0,
    inversion_ms=2500.0,
    patient_id="P1",
    patient_name="Иванова^Мария",
    date="20240102",
)


def through_dicom(
    mask: Mask, folder: Path, tags: SeriesTags = FLAIR, **options: object
) -> Analysis:
    """What a flawless network finds in a phantom that was written as DICOM and read again.

    The mask is cut from the pixels that came back, so it lies on the grid that was read.
    """
    image = study_for(mask).images[Sequence.FLAIR]
    write_series(image, folder, tags, **{"axes": AS_READ, **options})
    study = read_dicom(folder)
    array = study.images[Sequence.FLAIR].array
    return analysis_for(Mask(array > 140, study.grid), study=study)
