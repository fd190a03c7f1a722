"""Plan, five folds and the network of all patients."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from campaign_state import Campaign, read_step

from glioscope.files import atomic_text

if TYPE_CHECKING:
    from glioscope.training.config import TrainConfig
    from glioscope.training.folds.cross_validation import Raw

NETWORK = "network"  # run folders of the folds, laid out as `glioscope train --fold all` does
# For loading slices, compiling, and predicting the held-out patients of one run, in seconds.
OVERHEAD_S = 40.0
# Probabilities are kept to this step: a network's own differences between two machines are larger,
# and what is nearly zero packs to nothing.
STEP = 1 / 1024
# More epochs than the preset says, where the card is faster than thought, but not endlessly more.
MOST = 3.0


def plan(campaign: Campaign) -> dict[str, Any]:
    """Measure the card's speed at every side and scale the epochs to --fold-seconds."""
    from glioscope.training.loop.fit import TrainingData
    from glioscope.training.on_device.fit import measure_speed

    config = campaign.preset()
    prepared = campaign.prepared()
    everything = np.arange(len(prepared.load(config.size)))
    data = TrainingData(prepared.load, everything, everything[:0])
    speed = {size: measure_speed(config, data, size) for size, _ in config.stages}
    per_epoch = config.samples_per_epoch or len(everything)
    needed = sum(epochs * per_epoch / speed[size] for size, epochs in config.stages)
    scale = min(MOST, max(0.0, campaign.options.fold_seconds - OVERHEAD_S) / needed)
    stages = tuple((size, max(1, round(epochs * scale))) for size, epochs in config.stages)
    atomic_text(_folder(campaign) / "config.json", replace(config, stages=stages).to_json())
    return {
        "slices_per_s": {str(size): round(found, 1) for size, found in speed.items()},
        "preset_s": round(needed, 1),
        "scale": round(scale, 3),
        "stages": [list(stage) for stage in stages],
    }


def _folder(campaign: Campaign) -> Path:
    return campaign.run / NETWORK


def _config(campaign: Campaign) -> "TrainConfig":
    from glioscope.training.config import load_config

    read_step(campaign.run, "plan")
    return load_config(_folder(campaign))


def folds(campaign: Campaign) -> dict[str, Any] | None:
    """Train every fold and predict those it held out; None when time ran out."""
    from glioscope.training.folds.cross_validation import RAW, fold_run

    for k in range(campaign.folds().k):
        done = (fold_run(_folder(campaign), campaign.folds(), k) / RAW).exists()
        if not done and not train(campaign, k):
            return None
    return {"folds": campaign.folds().k}


def all_patients(campaign: Campaign) -> dict[str, Any] | None:
    """Train on every patient; None when time ran out."""
    return {"patients": len(campaign.folds().cases)} if train(campaign, None) else None


def train(campaign: Campaign, k: int | None) -> bool:
    """Train fold `k`, or on all; False when time ran out, and the next call goes on."""
    import keras

    from glioscope.training.folds.cross_validation import fold_run
    from glioscope.training.loop.fit import TrainingData
    from glioscope.training.on_device.fit import fit_on_device

    if not campaign.clock.allows(OVERHEAD_S):  # compiling cannot be interrupted
        return False
    config, prepared, parts = _config(campaign), campaign.prepared(), campaign.folds()
    positions = prepared.positions(prepared.load(config.size))
    names = parts.train(k) if k is not None else tuple(c.name for c in parts.cases)
    inside = np.concatenate([positions[name] for name in names])
    data = TrainingData(prepared.load, inside, inside[:0])
    run = fold_run(_folder(campaign), campaign.folds(), k)
    print(f"  {run.name}", flush=True)
    network = fit_on_device(
        config,
        data,
        run,
        resume=True,
        clock=campaign.clock,
        save_every_s=campaign.options.save_every,
    )
    # Predicting takes far less than what is kept free for it.
    if network is None or not campaign.clock.allows(OVERHEAD_S if k is not None else 0):
        return False
    if k is not None:
        predict_held_out(campaign, config, network, parts.test(k), run)
    keras.utils.clear_session()
    return True


def predict_held_out(
    campaign: Campaign, config: "TrainConfig", network: Any, names: tuple[str, ...], run: Path
) -> None:
    """Raw predictions of the held-out cases, as they are and under every change, into `run`."""
    from glioscope.evaluation.variants.changes import VARIANTS
    from glioscope.training.folds.cross_validation import RAW, raw_name, save_raw
    from glioscope.training.on_device.predict import predictor

    prepared = campaign.prepared()
    store = prepared.load(config.size)
    positions = prepared.positions(store)
    answer = predictor(network, store, config.network.context)

    def raw(planes: np.ndarray) -> "Raw":
        found = {}
        for name in names:
            said = answer(planes, positions[name])
            rounded = np.round(said.planes / STEP) * STEP
            found[name] = replace(said, planes=rounded)
        return found

    with ThreadPoolExecutor() as pool:  # packing takes longer than predicting
        waiting = [
            pool.submit(save_raw, run / raw_name(v), raw(prepared.variant(config.size, v)))
            for v in VARIANTS
        ]
        for each in waiting:
            each.result()
    # Last: it marks the fold as done.
    save_raw(run / RAW, raw(store.planes))
