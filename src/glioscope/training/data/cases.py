"""Cases that a network learns from: of the LGG set, or of a set of labelled studies."""

from pathlib import Path

from glioscope.errors import InputError
from glioscope.evaluation.splits.folds import FOLDS, SPLIT, Folds, labelled_infos, lgg90, make_folds
from glioscope.orientation import picture_axes
from glioscope.reading import lgg
from glioscope.reading.labelled import LabelledCase, data_hash, is_labelled, list_labelled
from glioscope.study import Study
from glioscope.volume import Mask

# A folder of the LGG set, or a case of another set; both have a `name`.
Case = Path | LabelledCase


def cases_in(root: Path) -> list[Case]:
    """All cases of a set, sorted by name; errors as `list_cases` or `list_labelled`."""
    return [*list_labelled(root)] if is_labelled(root) else [*lgg.list_cases(root)]


def study_of(case: Case) -> Study:
    """The pictures of a case."""
    return case.study() if isinstance(case, LabelledCase) else lgg.read_case(case)


def reference_of(case: Case) -> Mask:
    """The expert's outline, on the grid of the pictures."""
    return case.reference() if isinstance(case, LabelledCase) else lgg.read_reference(case)


def patient_of(case: Case) -> str:
    """Whose study it is."""
    return case.patient if isinstance(case, LabelledCase) else lgg.patient(case.name)


def slice_names(case: Case) -> tuple[str, ...]:
    """A name for each slice, lowest first: that of its picture, else the case's with a number."""
    if not isinstance(case, LabelledCase):
        return tuple(path.stem for path in lgg.numbered_slices(case).values())
    grid = case.reference().grid
    count = grid.shape[picture_axes(grid).axes[0]]
    return tuple(f"{case.name}_{number}" for number in range(1, count + 1))


def folds_of(root: Path) -> Folds:
    """The fixed folds of the LGG set; those of another set lie in it, or follow from its patients.

    A set of fewer than five patients has one fold for each.

    Raises:
        InputError: the set is not the one that was split.
    """
    if not is_labelled(root):
        return lgg90()
    if (root / SPLIT).is_file():
        folds = Folds.load(root / SPLIT)
        if folds.data_sha256 != data_hash(root):
            raise InputError("training.split_changed", name=root.name, file=SPLIT)
        return folds
    cases = labelled_infos(root)
    return make_folds(cases, min(FOLDS, len({case.patient for case in cases})))
