"""Two small patients whose every figure is worked out by hand.

A: tumour on slices 1 and 2, one hit exactly, one by half; a false alarm of one pixel on slice 3.
B: tumour of one pixel on slice 0, missed; on slice 1 hit by its diagonal, whose box is the whole.
"""

import numpy as np

from glioscope.evaluation.predictions.load import CasePrediction
from glioscope.evaluation.predictions.references import Truth

A, B = "TCGA_CS_0001_20000101", "TCGA_DU_0002_20000101"
SHAPE = (6, 6)


def masks(*slices: list[tuple[int, int]]) -> np.ndarray:
    """A stack with the named (row, column) pixels set."""
    stack = np.zeros((len(slices), *SHAPE), bool)
    for plane, pixels in zip(stack, slices, strict=True):
        for pixel in pixels:
            plane[pixel] = True
    return stack


SQUARE = [(1, 1), (1, 2), (2, 1), (2, 2)]
TRUTH = {A: masks([], SQUARE, SQUARE, []), B: masks([(0, 0)], SQUARE, [])}
SAID = {
    A: masks([], SQUARE, [(1, 1), (2, 1)], [(5, 5)]),
    B: masks([], [(1, 1), (2, 2)], []),
}
PROBABILITY = {A: [0.1, 0.9, 0.8, 0.6], B: [0.2, 0.7, 0.3]}


def prediction(study: str, mask: np.ndarray | None = None, fold: int | None = None):
    mask = SAID[study] if mask is None else mask
    return CasePrediction(
        study_id=study,
        slice_names=tuple(f"{study}_{i + 1}" for i in range(len(mask))),
        probability=np.array(PROBABILITY[study]),
        called=mask.any(axis=(1, 2)),
        mask=mask,
        model_name="toy",
        model_version="1",
        fold=fold,
    )


def predictions() -> list[CasePrediction]:
    return [prediction(A, fold=0), prediction(B, fold=1)]


def references() -> dict[str, Truth]:
    return {study: Truth(mask) for study, mask in TRUTH.items()}
