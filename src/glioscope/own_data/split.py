"""Patients in parts for cross-validation, fixed in the set with the hash of its data."""

from dataclasses import replace
from pathlib import Path

from glioscope.evaluation.splits.folds import (
    FOLDS,
    SEED,
    SPLIT,
    Folds,
    labelled_infos,
    make_folds,
    site_folds,
)
from glioscope.reading.labelled import data_hash


def split_set(root: Path, k: int = FOLDS, seed: int = SEED, *, by_site: bool = False) -> Folds:
    """Write `folds.json` into a set of labelled studies, and return the folds.

    Parts are as `make_folds` makes them, or whole hospitals (`site_folds`) where `by_site` is set.
    `train` takes these folds and refuses them once the set has changed.

    Raises:
        InputError: no such set.
        UsageError: too few patients or sites.
    """
    cases = labelled_infos(root)
    made = site_folds(cases, seed) if by_site else make_folds(cases, k, seed)
    folds = replace(made, data_sha256=data_hash(root))
    folds.save(root / SPLIT)
    return folds
