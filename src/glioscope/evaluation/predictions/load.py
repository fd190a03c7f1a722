"""Predictions from where they lie: a folder of `glioscope analyze` results, or one archive."""

from pathlib import Path

import numpy as np

from glioscope.errors import InputError
from glioscope.evaluation.predictions.archive import ARCHIVE, Archive, read_archive, write_archive
from glioscope.evaluation.predictions.types import CasePrediction, DrawPrediction
from glioscope.orientation import to_pictures
from glioscope.reading.results import (
    ANALYSIS_FILE,
    StoredResult,
    is_result,
    list_results,
    read_result,
)

__all__ = [
    "Archive",
    "CasePrediction",
    "DrawPrediction",
    "load",
    "read_archive",
    "read_predictions",
    "write_archive",
]


def read_predictions(path: Path) -> list[CasePrediction]:
    """Predictions by study, sorted by study id; `path` as in `load`.

    Raises:
        InputError: as in `load`, or the archive holds draws of slices.
    """
    archive = load(path)
    if archive.draws:
        raise InputError("evaluation.draws_not_studies", where=path.name)
    return sorted(archive.cases, key=lambda case: case.study_id)


def load(path: Path) -> Archive:
    """Read `path`: an archive, a folder with `predictions.npz`, or a folder of `analyze` results.

    Raises:
        UnreadableFile: a file is missing, damaged or truncated; names the study.
        InputError: nothing to read, or files that contradict each other.
    """
    if not path.is_dir():
        return read_archive(path)
    if (path / ARCHIVE).is_file():
        return read_archive(path / ARCHIVE)
    folders = [path] if is_result(path) else list_results(path)
    if not folders:
        raise InputError(
            "evaluation.no_predictions", where=path.name, archive=ARCHIVE, document=ANALYSIS_FILE
        )
    return Archive(cases=tuple(_predicted(read_result(folder)) for folder in folders))


def _predicted(result: StoredResult) -> CasePrediction:
    analysis = result.analysis
    if analysis.author != "model" or analysis.model is None:
        raise InputError("evaluation.not_the_models", where=analysis.study_id)
    called = np.array([s.decision == "tumour" for s in analysis.slices], bool)
    classes = result.classes
    second_look = {miss.index for miss in analysis.possible_misses}
    return CasePrediction(
        study_id=analysis.study_id,
        slice_names=tuple(s.name for s in analysis.slices),
        probability=np.array([s.probability for s in analysis.slices], np.float64),
        called=called,
        mask=result.pictures,
        model_name=analysis.model.name,
        model_version=analysis.model.version,
        listed=np.array([k in second_look for k in range(len(called))], bool) & ~called,
        predicted_dice=analysis.expected_dice,
        flagged=analysis.review,
        class_names=classes.names if classes else (),
        classes=np.ascontiguousarray(to_pictures(classes.values, classes.grid))
        if classes
        else None,
    )
