"""NIfTI as outlines and pictures are kept on disk."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from glioscope.own_data.candidate import Candidate, Outline
from glioscope.reading.labelled import without_spacing
from glioscope.reading.nifti import read_nifti
from glioscope.reading.nifti_mask import read_labels_nifti
from glioscope.study import Channel, Study


def nifti_case(
    name: str,
    patient: str,
    images: Mapping[Channel, Path],
    outline: Path,
    names: Mapping[int, str] | None = None,
    *,
    site: str = "",
    scanner: str = "",
) -> Candidate:
    """A case of NIfTI files; `images` has FLAIR, `names` tells what values of the outline mean."""
    study = partial(_study, images, outline, name)
    read = partial(_outline, outline, names or {})
    return Candidate(name, patient, study, read, site, scanner)


def _study(images: Mapping[Channel, Path], outline: Path, name: str) -> Study:
    """The pictures; without millimetres where a file of ours says that there are none."""
    t1, t1gd = (images.get(channel) for channel in (Channel.T1, Channel.T1GD))
    study = read_nifti(images[Channel.FLAIR], t1, t1gd, name)
    return without_spacing(study) if read_labels_nifti(outline)[1].nominal else study


def _outline(path: Path, names: Mapping[int, str], study: Study) -> Outline:
    values, grid = read_labels_nifti(path)
    return Outline(values, grid, names).on(study)
