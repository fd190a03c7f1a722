"""Sets that the package reads already: LGG pictures, and labelled studies of its own."""

from functools import partial
from pathlib import Path

import numpy as np

from glioscope.own_data.candidate import Candidate, Outline
from glioscope.reading import lgg
from glioscope.reading.labelled import LabelledCase, list_labelled
from glioscope.reading.pictures.stack import Spacing
from glioscope.study import Study
from glioscope.volume import Mask


def lgg_cases(folder: Path, spacing: Spacing | None) -> list[Candidate]:
    """Cases of a folder in the public LGG layout; errors as `lgg.list_cases`."""
    return [_lgg(case, spacing) for case in lgg.list_cases(folder)]


def _lgg(case: Path, spacing: Spacing | None) -> Candidate:
    def outline(study: Study) -> Outline:
        del study
        return _classes(lgg.read_reference(case, spacing))

    study = partial(lgg.read_case, case, spacing)
    return Candidate(case.name, lgg.patient(case.name), study, outline, lgg.site(case.name))


def labelled_cases(folder: Path) -> list[Candidate]:
    """Cases of labelled studies, as `reviews export` or `data import` wrote them.

    Raises:
        InputError: as `list_labelled`.
    """
    return [_labelled(case) for case in list_labelled(folder)]


def _labelled(case: LabelledCase) -> Candidate:
    def outline(study: Study) -> Outline:
        found = case.classes()
        if found is None:
            return _classes(case.reference()).on(study)
        names = dict(enumerate(found.names, start=1))
        return Outline(found.values.astype(np.int32), found.grid, names).on(study)

    return Candidate(case.name, case.patient, case.study, outline, case.site, case.scanner)


def _classes(mask: Mask) -> Outline:
    return Outline(mask.array.astype(np.int32), mask.grid)
