"""From a network trained on all patients, and the cross-validation of its recipe, to a bundle."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from glioscope.errors import UsageError
from glioscope.evaluation.archive import NAME as PREDICTIONS
from glioscope.evaluation.archive import read_archive
from glioscope.evaluation.drops import changed_studies, with_drops
from glioscope.evaluation.references import read_references
from glioscope.evaluation.scores import score
from glioscope.model.plan import Plan
from glioscope.model.preprocess import prepare
from glioscope.reading.lgg import list_cases, read_case
from glioscope.training.card import write_card
from glioscope.training.config import load_config
from glioscope.training.crossfit import PLAN
from glioscope.training.export import write_bundle
from glioscope.training.fit import WEIGHTS

# Parity is checked on the middle slices of this many cases, spread over the set.
_PARITY_CASES = 6


def ship(
    run: Path, cross_validation: Path, root: Path, folder: Path, name: str, version: str
) -> tuple[float, bool]:
    """Write the bundle; returns its parity with Keras and whether weights are in half precision.

    Thresholds and the card's scores are those of `cross_validation`, which must have trained the
    same recipe.

    Raises:
        UsageError: the two runs have different configurations, or the bundle exists.
    """
    config = load_config(run)
    if load_config(cross_validation) != config:
        raise UsageError(
            f"{run.name} and {cross_validation.name} were trained with different configurations; "
            "the scores of one do not speak for the other"
        )
    cases = list_cases(root)
    plan = replace(Plan.load(cross_validation / PLAN), name=name, version=version)
    archive = read_archive(cross_validation / PREDICTIONS)
    references = read_references(root, [c.study_id for c in archive.cases])
    changed = changed_studies(cross_validation, archive.cases)
    scores = with_drops(score(archive.cases, references), changed, references)
    slices = sum(len(read_case(folder).source.slice_names) for folder in cases)
    meta = {**archive.meta, "patients": len(cases)}
    card = write_card(plan, config, scores, meta, slices)
    return write_bundle(folder, config, run / WEIGHTS, plan, card, _sample(cases, plan))


def _sample(cases: list[Path], plan: Plan) -> np.ndarray:
    step = max(1, len(cases) // _PARITY_CASES)
    parts = []
    for folder in cases[::step]:
        prepared = prepare(read_case(folder), plan)
        middle = len(prepared.planes) // 2
        parts.append(prepared.batch(middle, middle + 1))
    return np.concatenate(parts)
