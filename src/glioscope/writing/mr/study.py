"""A study of pictures as a DICOM study, one MR series per sequence."""

import re
from pathlib import Path

from glioscope.errors import UsageError
from glioscope.files import atomic_folder
from glioscope.study import Channel, Study
from glioscope.texts.message import message
from glioscope.writing.dicom.elements import uid_of
from glioscope.writing.mr.series import SeriesTags, write_series

# What a person and a reader of series descriptions know each sequence by.
_WORDS = {Channel.T1: "T1", Channel.FLAIR: "FLAIR", Channel.T1GD: "T1 +Gd"}
_AGENT = "unknown agent"
_DATE = re.compile(r"_((?:19|20)[0-9]{6})$")


def write_dicom_study(
    study: Study, folder: Path, *, patient: str | None = None, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write `folder/FLAIR/0001.dcm` and so on for each sequence, and return the series' folders.

    Pixel values are those of the pictures. Their spacing, which pictures do not carry, is called an
    assumption in the descriptions. The patient is `patient`, or the study's pseudonym; a name that
    ends in a date, like those of the LGG set, dates the study. The folder appears whole or not at
    all, and equal studies give equal bytes.

    Raises:
        UnknownSpacing: the study's grid is nominal.
        UsageError: the folder is there and `overwrite` is False.
    """
    study.grid.require_spacing()
    if folder.exists() and not overwrite:
        raise UsageError("writing.already_there", folder=folder.name)
    with atomic_folder(folder) as fresh:
        for number, (sequence, image) in enumerate(study.images.items(), start=1):
            write_series(image, fresh / sequence.value, _tags(study, patient, sequence, number))
    return tuple(folder / sequence.value for sequence in study.images)


def _tags(study: Study, patient: str | None, sequence: Channel, number: int) -> SeriesTags:
    key = (study.study_id, *(str(v) for v in study.grid.spacing))
    column, row, between = study.grid.spacing
    spacing = {"row": row, "column": column, "between": between}
    found = _DATE.search(study.study_id)
    return SeriesTags(
        description=str(message("writing.mr_series", sequence=_WORDS[sequence], **spacing))[:64],
        study_uid=uid_of("study", *key),
        frame_of_reference_uid=uid_of("frame of reference", *key),
        number=number,
        contrast_agent=_AGENT if sequence is Channel.T1GD else None,
        patient_id=patient or study.study_id,
        patient_name=patient or study.study_id,
        date=found[1] if found else "",
        study_description=str(message("writing.mr_study")),
        derivation=str(message("writing.mr_derivation", **spacing)),
    )
