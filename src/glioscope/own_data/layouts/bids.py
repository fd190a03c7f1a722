"""BIDS, outlines among its derivatives.

::

    sub-01/[ses-1/]anat/sub-01[_ses-1]_FLAIR.nii.gz, …_T1w, …_ce-gadolinium_T1w
    derivatives/NAME/sub-01/[ses-1/]anat/…_label-lesion_mask.nii.gz, …_dseg.nii.gz
    participants.tsv                participant_id, and site where it is there
"""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from glioscope.errors import InputError
from glioscope.own_data.candidate import Candidate
from glioscope.own_data.layouts.pairs import nifti_case
from glioscope.reading.nifti_folder import choose

_OUTLINE = re.compile(r"_(mask|dseg|roi)\.nii(\.gz)?$")
# Masks of what is no lesion.
_OTHER = re.compile(r"(brain|head|skull|tissue|csf|[gw]m)", re.IGNORECASE)


def is_bids(folder: Path) -> bool:
    """Whether a folder has participants, and outlines among its derivatives."""
    return (folder / "derivatives").is_dir() and any(folder.glob("sub-*/"))


def bids_cases(folder: Path) -> list[Candidate]:
    """Cases with FLAIR and an outline, sorted by name; a session is a case of its participant.

    Raises:
        InputError: no such case, a case has two outlines, two files of one sequence, or the list of
            participants cannot be read.
    """
    sites = _sites(folder / "participants.tsv")
    found: list[Candidate] = []
    for anat in sorted([*folder.glob("sub-*/anat"), *folder.glob("sub-*/ses-*/anat")]):
        images = sorted(anat.glob("*.nii*"))
        if not any("_FLAIR." in path.name for path in images):
            continue
        within = anat.parent.relative_to(folder)
        outlines = _outlines(folder, within)
        name = "_".join(within.parts)
        if len(outlines) > 1:
            names = tuple(path.name for path in outlines)
            raise InputError("own_data.which_outline", case=name, there=names)
        if outlines:
            patient = within.parts[0]
            site = sites.get(patient, "")
            found.append(nifti_case(name, patient, choose(images, name), outlines[0], site=site))
    if not found:
        raise InputError("own_data.empty", name=folder.name, expected="sub-*/anat/*_FLAIR.nii.gz")
    return found


def _outlines(folder: Path, within: Path) -> list[Path]:
    places = folder.glob(f"derivatives/*/{within.as_posix()}")
    return sorted(path for place in places for path in _lesions(place.rglob("*.nii*")))


def _lesions(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if _OUTLINE.search(path.name) and not _is_other(path.name)]


def _is_other(name: str) -> bool:
    entities = dict(part.split("-", 1) for part in name.split("_") if "-" in part)
    return any(_OTHER.search(entities.get(key, "")) for key in ("label", "desc"))


def _sites(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("own_data.damaged_list", name=path.parent.name, file=path.name) from error
    return {row["participant_id"]: row.get("site") or "" for row in rows if "participant_id" in row}
