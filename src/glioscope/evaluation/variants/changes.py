"""Studies changed to be like those of other hospitals, to test a network on."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from glioscope.evaluation.variants.brain import brain_mask
from glioscope.model.plan import CHANNELS, Plan
from glioscope.model.preprocess import prepare
from glioscope.orientation import from_pictures, to_pictures
from glioscope.study import Channel, Study
from glioscope.volume import Image

# The brain is estimated at this side and brought to the study's own grid: 1.9 mm a pixel, the
# thinnest skull ring that still stands out, at a tenth of the time that 256 takes.
_BRAIN_SIZE = 128


def flair_only(study: Study) -> Study:
    """The study with FLAIR alone, which then stands in for the others as in the data set."""
    return replace(study, images={Channel.FLAIR: study.images[Channel.FLAIR]})


def skull_removed(study: Study) -> Study:
    """The study with everything but the estimated brain at each sequence's air level.

    The estimate knows nothing of the reference (`glioscope.evaluation.variants.brain`).
    """
    prepared = prepare(study, Plan("brain", "0", size=_BRAIN_SIZE))
    flair, t1 = (prepared.planes[..., CHANNELS.index(s)] for s in (Channel.FLAIR, Channel.T1))
    brain = brain_mask(flair, t1, Plan("brain", "0", size=_BRAIN_SIZE).pixel_mm)
    kept = prepared.restore(brain.astype(np.float32)) >= 0.5
    images = {}
    for sequence, image in study.images.items():
        air = np.float32(np.percentile(image.array, 2))
        images[sequence] = Image(np.where(kept, image.array, air), image.grid)
    return replace(study, images=images)


def coarse(study: Study) -> Study:
    """The study at half its in-plane resolution, each block of two by two pixels one value."""
    images = {}
    for sequence, image in study.images.items():
        stack = to_pictures(image.array, image.grid)
        rows, columns = (n // 2 * 2 for n in stack.shape[1:])
        blocks = stack[:, :rows, :columns].reshape(len(stack), rows // 2, 2, columns // 2, 2)
        coarser = np.array(stack, np.float32)
        coarser[:, :rows, :columns] = blocks.mean(axis=(2, 4)).repeat(2, axis=1).repeat(2, axis=2)
        images[sequence] = Image(from_pictures(coarser, image.grid), image.grid)
    return replace(study, images=images)


VARIANTS: dict[str, Callable[[Study], Study]] = {
    "flair-only": flair_only,
    "skull-removed": skull_removed,
    "coarse": coarse,
}
