"""NIfTI files of one study: which of them is FLAIR, T1 and T1GD, by their names.

BIDS names (`sub-01_FLAIR`, `sub-01_ce-gadolinium_T1w`) and those of public sets (`01_t1ce`,
`01-t2f`) are understood as descriptions of DICOM series are.
"""

import re
from pathlib import Path

from glioscope.errors import InputError
from glioscope.reading.dicom.description_words import Weighting, Words, read_words
from glioscope.study import Channel

# T1 and its agent in one word, as BraTS and others write it.
_ENHANCED = re.compile(r"(?<![a-z0-9])t1[ _-]?(gd|ce?)(?![a-z0-9])", re.IGNORECASE)
# FLAIR as BraTS writes it since 2023, beside t1n, t1c and t2w.
_FLAIR = re.compile(r"(?<![a-z0-9])t2f(?![a-z0-9])", re.IGNORECASE)
# Whose it is in BIDS: "sub" would be read as a subtraction.
_SUBJECT = re.compile(r"^sub-[^_]+_(ses-[^_]+_)?")
_OUTLINE = re.compile(r"(?<![a-z])(mask|seg|label|lesion|roi|probability)", re.IGNORECASE)


def choose(files: list[Path], where: str) -> dict[Channel, Path]:
    """The file of each sequence; FLAIR is always there.

    Raises:
        InputError: no name says that it is FLAIR, or two files say that they are the same.
    """
    found: dict[Channel, Path] = {}
    for path in sorted(files):
        channel = channel_of(path.name.split(".nii")[0])
        if channel in found:
            raise InputError("reading.which_nifti", name=where)
        if channel:
            found[channel] = path
    if Channel.FLAIR not in found:
        raise InputError("reading.which_nifti", name=where)
    return found


def anatomies(folder: Path) -> list[Path]:
    """Where BIDS keeps the anatomy of each session: below a whole set, a subject or a session."""
    places = ("anat", "ses-*/anat", "sub-*/anat", "sub-*/ses-*/anat")
    return sorted(anat for place in places for anat in folder.glob(place) if anat.is_dir())


def words_in(name: str) -> Words:
    """What the name of a file says, without its ending."""
    return read_words(_ENHANCED.sub("t1 gd", _FLAIR.sub("flair", _SUBJECT.sub("", name))))


def channel_of(name: str) -> Channel | None:
    """The sequence that a file or a channel is called after; None for others and for outlines."""
    words = words_in(name)
    if _OUTLINE.search(name) or words.excluded:
        return None
    if words.weighting is Weighting.FLAIR:
        return Channel.FLAIR
    if words.weighting is Weighting.T1:
        return Channel.T1GD if words.contrast else Channel.T1
    return None
