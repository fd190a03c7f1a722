"""The raw layout of nnU-Net, versions 1 and 2.

::

    dataset.json                    channel_names (1: modality), labels, file_ending
    imagesTr/CASE_0000.nii.gz       one file for each channel
    labelsTr/CASE.nii.gz

Nothing there tells patients apart: each case is a patient of its own.
"""

from pathlib import Path

import msgspec

from glioscope.errors import InputError, MissingSequence
from glioscope.own_data.candidate import Candidate
from glioscope.own_data.layouts.pairs import nifti_case
from glioscope.reading.labelled import DATASET, IMAGES, LABELS
from glioscope.reading.nifti_folder import channel_of
from glioscope.study import Channel


class _Dataset(msgspec.Struct):
    """What is read of `dataset.json`."""

    channel_names: dict[str, str] = {}
    modality: dict[str, str] = {}
    labels: dict[str, int | str | list[int]] = {}
    file_ending: str = ".nii.gz"


def is_nnunet(folder: Path) -> bool:
    """Whether a folder is laid out so."""
    return (folder / DATASET).is_file() and (folder / LABELS).is_dir()


def nnunet_cases(folder: Path) -> list[Candidate]:
    """Cases with an outline, sorted by name.

    Raises:
        InputError: `dataset.json` cannot be understood, or there is no case.
        MissingSequence: no channel is called FLAIR.
    """
    document = _document(folder)
    channels = _channels(document, folder.name)
    ending = document.file_ending
    names = _names(document)
    found: list[Candidate] = []
    for label in sorted((folder / LABELS).glob(f"*{ending}")):
        case = label.name.removesuffix(ending)
        paths = {c: folder / IMAGES / f"{case}_{at:04}{ending}" for c, at in channels.items()}
        # Channels of a case are all there, or the set is broken; FLAIR's absence says it best.
        there = {c: p for c, p in paths.items() if p.is_file() or c is Channel.FLAIR}
        found.append(nifti_case(case, case, there, label, names))
    if not found:
        raise InputError("own_data.empty", name=folder.name, expected=f"{LABELS}/*{ending}")
    return found


def _document(folder: Path) -> _Dataset:
    try:
        return msgspec.json.decode((folder / DATASET).read_bytes(), type=_Dataset)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("own_data.damaged_list", name=folder.name, file=DATASET) from error


def _channels(document: _Dataset, where: str) -> dict[Channel, int]:
    written = document.channel_names or document.modality
    found: dict[Channel, int] = {}
    for at, name in written.items():
        channel = channel_of(name)
        if channel and at.isdecimal():
            found.setdefault(channel, int(at))
    if Channel.FLAIR not in found:
        there = tuple(written.values())
        raise MissingSequence("own_data.no_flair_channel", name=where, file=DATASET, there=there)
    return found


def _names(document: _Dataset) -> dict[int, str]:
    """What values mean: `{"edema": 2}` in version 2, `{"2": "edema"}` in version 1.

    A region of several values, as version 2 allows, names no single one.
    """
    names: dict[int, str] = {}
    for one, other in document.labels.items():
        if isinstance(other, int):
            names[other] = one
        elif isinstance(other, str) and one.isdecimal():
            names[int(one)] = other
    return {value: name for value, name in names.items() if value > 0}
