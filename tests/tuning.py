"""What a bundle is tuned with: sets of labelled phantoms, a network, and steps that leave it."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from glioscope.model.plan import Plan
from glioscope.phantom.study import phantom_study
from glioscope.study import Channel
from glioscope.training.config import AugmentConfig, NetworkConfig
from glioscope.training.export.onnx import write_bundle
from glioscope.training.network.unet import build
from glioscope.volume import Mask
from glioscope.writing.labelled import Provenance, write_case, write_lists
from toy_training import toy_config

SIZE = 32
NETWORK = NetworkConfig(widths=(4, 8), context=1, presence=True, stem=2)
# Steps so small that the network stays as it is.
STILL = toy_config(
    name="still",
    stages=((SIZE, 1),),
    learning_rate=1e-12,
    weight_decay=0.0,
    augment=AugmentConfig(),
    batch_size=4,
    samples_per_epoch=4,
    positive_share=0.0,
)


def labelled(root: Path, seeds: range, *, empty: bool = False) -> Path:
    """A set of small phantoms, each a patient of his own; the first has no T1."""
    rows = []
    for seed in seeds:
        study, truth = phantom_study(seed, size=64, slices=6)
        if seed == seeds[0]:
            images = {s: image for s, image in study.images.items() if s is not Channel.T1}
            study = replace(study, images=images)
        mask = Mask(truth.array & (not empty), truth.grid)
        written = write_case(root, f"s{seed}", study, mask)
        rows.append(
            Provenance(
                case=f"s{seed}", patient=f"p{seed}", verdict="correct", reason="",
                outline="doctor", version="1", model="toy", model_version="1", dice="",
                **vars(written),
            )
        )  # fmt: skip
    write_lists(root, rows)
    return root


def untrained_bundle(folder: Path) -> Path:
    """A network that was never trained, and calls every slice."""
    config = replace(STILL, network=NETWORK)
    keras.utils.set_random_seed(0)
    build(NETWORK, SIZE).save_weights(folder / "toy.weights.h5")
    plan = Plan("toy", "1", SIZE, presence_threshold=0.01, balanced_threshold=0.01)
    slices = np.zeros((1, SIZE, SIZE, plan.input_channels), np.float32)
    write_bundle(folder / "toy", config, [folder / "toy.weights.h5"], plan, "# toy\n", slices)
    return folder / "toy"
