"""From a reader's outline to what reports say of it: as `pipeline`, without a network."""

from importlib.metadata import version

import numpy as np

from glioscope.analysis import Analysis
from glioscope.analysis_parts import Author, ModelInfo
from glioscope.findings.lesions import find_lesions, slice_findings
from glioscope.findings.midline import midline
from glioscope.model.preprocess import intensity_scale, sequence_of, to_pictures
from glioscope.study import Channel, Study, content_hash
from glioscope.texts.message import message
from glioscope.volume import Mask, volume_ml


def analysis_of_outline(
    study: Study, mask: Mask, author: Author, model: ModelInfo | None = None
) -> Analysis:
    """What is measured on an outline; nothing that only a model can know of its own.

    `model` is the one whose outline the reader began with. With the author `nobody` the mask is
    empty, and the analysis is good for showing the pictures.

    Raises:
        InvalidImage: FLAIR is constant or not finite.
        GridMismatch: the mask lies on another grid than the study.
    """
    flair = study.images[Channel.FLAIR]
    scale = intensity_scale(flair.array, sequence_of(study, Channel.FLAIR))
    stack = to_pictures(mask.array, mask.grid)
    any_ = bool(mask.array.any())
    lesions = find_lesions(mask, None, None, midline(study, scale) if any_ else None)
    nominal = (message("pipeline.no_spacing"),) if study.grid.nominal else ()
    return Analysis(
        study=study,
        decision="tumour" if any_ else "no tumour",
        probability=None,
        slices=slice_findings(study, np.ascontiguousarray(stack), None),
        findings=lesions.findings,
        possible_misses=(),
        mask=mask,
        labels=lesions.labels,
        flair_scale=scale,
        voxel_probability=None,
        model=model,
        volume_ml=None if study.grid.nominal else volume_ml(mask),
        warnings=(*study.warnings, *nominal),
        input_sha256=content_hash(study),
        versions={name: version(name) for name in ("glioscope", "numpy")},
        author=author,
    )
