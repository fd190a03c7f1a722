"""From trained networks, and the cross-validation of their recipe, to a bundle."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from glioscope.errors import UsageError
from glioscope.evaluation.predictions.archive import ARCHIVE as PREDICTIONS
from glioscope.evaluation.predictions.archive import read_archive
from glioscope.evaluation.predictions.references import read_references
from glioscope.evaluation.scores.drops import changed_studies, with_drops
from glioscope.evaluation.scores.score import score
from glioscope.model.bundle import DATA, FOLDS
from glioscope.model.plan import Plan
from glioscope.model.preprocess import prepare
from glioscope.reading.labelled import data_hash, is_labelled
from glioscope.training.calibrate.gate_reference import reference_of
from glioscope.training.config import TrainConfig, load_config
from glioscope.training.data.cases import Case, cases_in, patient_of, slice_names, study_of
from glioscope.training.export.card import write_card
from glioscope.training.export.eight_bits import add_eight_bits
from glioscope.training.export.fingerprint import data_fingerprint, folds_document
from glioscope.training.export.onnx import write_bundle
from glioscope.training.export.patients import patients_of
from glioscope.training.folds.out_of_fold import PLAN
from glioscope.training.folds.start import patients_before
from glioscope.training.loop.fit import WEIGHTS

# Parity is checked on the middle slices of this many cases, spread over the set.
_PARITY_CASES = 6


def export_bundle(
    run: Path,
    cross_validation: Path,
    root: Path,
    folder: Path,
    name: str,
    version: str,
    *,
    ensemble: bool = False,
    eight_bits: bool = False,
) -> tuple[float, bool]:
    """Write the bundle; returns its parity with Keras and whether weights are in half precision.

    Thresholds and the card's scores are those of `cross_validation`, which must have trained the
    same recipe, by the same teachers if it has any. With `ensemble`, `run` is a whole
    cross-validation and the bundle answers with the mean of its folds' networks. With `eight_bits`
    the network lies there in 8 bits too.

    Raises:
        UsageError: the runs have different configurations, the cross-validation of an ensemble is
            not whole, or the bundle exists.
    """
    config = load_config(run)
    _require_same(config, run, cross_validation)
    cases = cases_in(root)
    plan = replace(Plan.load(cross_validation / PLAN), name=name, version=version)
    archive = read_archive(cross_validation / PREDICTIONS)
    # Its parts by the names of their run folders, see `fold_run`.
    parts = archive.meta.get("held_out", ())
    runs = _members(config, run, parts) if ensemble else [run]
    if ensemble and len(archive.cases) < len(cases):
        raise UsageError(
            "training.ensemble_not_whole",
            run=cross_validation.name,
            scored=len(archive.cases),
            cases=len(cases),
        )
    references = read_references(root, [c.study_id for c in archive.cases])
    changed = changed_studies(cross_validation, archive.cases)
    scores = with_drops(score(archive.cases, references), changed, references)
    slices = sum(len(slice_names(case)) for case in cases)
    meta = {**archive.meta, "patients": len(cases)}
    own = data_hash(root) if is_labelled(root) else None
    card = write_card(plan, config, scores, meta, slices, members=len(runs), own_sha256=own)
    weights = [member / WEIGHTS for member in runs]
    reference = reference_of(cases, plan)
    sample = _sample(cases, plan)
    patients = patients_of(cases).with_others(patients_before(config, run))
    named = {case.name: patient_of(case) for case in cases}
    told = {DATA: data_fingerprint(root, cases), FOLDS: folds_document(archive, named)}
    found = write_bundle(folder, config, weights, plan, card, sample, reference, patients, told)
    if eight_bits:
        add_eight_bits(folder, cases)
    return found


def _require_same(config: TrainConfig, run: Path, other: Path) -> None:
    if load_config(other) != config:
        raise UsageError("training.other_configuration", run=run.name, other=other.name)


def _members(config: TrainConfig, run: Path, parts: Sequence[str]) -> list[Path]:
    """The folders of a cross-validation's parts."""
    found = [run / part for part in parts]
    for member in found:
        if not (member / WEIGHTS).is_file():
            raise UsageError("training.no_member", run=run.name, part=member.name, file=WEIGHTS)
        _require_same(config, run, member)
    return found


def _sample(cases: list[Case], plan: Plan) -> np.ndarray:
    step = max(1, len(cases) // _PARITY_CASES)
    parts: list[np.ndarray] = []
    for case in cases[::step]:
        prepared = prepare(study_of(case), plan)
        middle = len(prepared.planes) // 2
        parts.append(prepared.batch(middle, middle + 1))
    return np.concatenate(parts)
