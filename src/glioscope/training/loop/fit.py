# pyright: basic
# It speaks with Keras, which carries no types.
"""Training, read from top to bottom: stages, batches, Keras fit, checkpoint after every epoch."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from glioscope.errors import UsageError
from glioscope.evaluation.report.plots import write_loss_curve
from glioscope.files import atomic_text
from glioscope.training.config import TrainConfig, deep_name, load_config
from glioscope.training.data.batches import (
    Batch,
    Prefetch,
    make_batch,
    steps_per_epoch,
    training_batches,
)
from glioscope.training.data.slices import SliceStore
from glioscope.training.loop import checkpoint
from glioscope.training.loop.checkpoint import Progress
from glioscope.training.loop.history import read_history, write_history
from glioscope.training.network.losses import MASK_LOSSES, MaskLoss, class_loss
from glioscope.training.network.unet import build

WEIGHTS = "model.weights.h5"
LOSS_CURVE = "loss.png"

Loss = MaskLoss | keras.losses.Loss

# Gives a fresh network what it begins with, before it is compiled.
Begin = Callable[[keras.Model], None]


def from_chance(model: keras.Model) -> None:
    """Leave the weights as the seed has drawn them."""


@dataclass(frozen=True)
class TrainingData:
    """Where slices come from and which may be used.

    Attributes:
        load: prepares all slices at a side length; the same order at every side.
        train, validate: indices into the store; `validate` may be empty.
        independent: the validation slices are not those the run is judged on, so that stopping
            early on them is fair.
    """

    load: Callable[[int], SliceStore]
    train: np.ndarray
    validate: np.ndarray
    independent: bool = False


def fit(
    config: TrainConfig,
    data: TrainingData,
    run: Path,
    *,
    resume: bool = False,
    verbose: int = 1,
    begin: Begin = from_chance,
) -> keras.Model:
    """Train and return the network with its final (averaged, or best validated) weights.

    What is returned and saved has no outputs that only training needs and computes in float32.

    Writes config.json, history.csv and checkpoint.npz after every epoch, model.weights.h5 and
    loss.png at the end into `run`. With `resume` a killed run goes on after its last whole epoch.
    `begin` may give the network weights and freeze layers.

    Raises:
        UsageError: the folder already holds a run and `resume` is not set, or early stopping is
            asked for without validation slices of its own.
    """
    progress = open_run(config, data, run, resume)
    keras.utils.set_random_seed(config.seed)
    done = 0
    for size, epochs in config.stages:
        done += epochs
        if progress.epochs < done and not _stopped(config, progress):
            model = compiled(config, size, data, begin)
            progress = _run_stage(config, data, run, model, progress, done, verbose)
    return finished(config, data, run, begin)


def finished(
    config: TrainConfig, data: TrainingData, run: Path, begin: Begin = from_chance
) -> keras.Model:
    """The network of a run that is trained, from its checkpoint; saved with the loss curve."""
    model = compiled(config, config.size, data, begin)
    checkpoint.restore(run, model)
    if config.patience:
        model.load_weights(run / "best.weights.h5")
    elif config.ema:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    trained = without_training_outputs(config, model)
    checkpoint.save_weights(run / WEIGHTS, trained)
    write_loss_curve(read_history(run), run / LOSS_CURVE)
    return trained


def without_training_outputs(config: TrainConfig, model: keras.Model) -> keras.Model:
    """A network for inference, in float32, with the present weights of one in training."""
    network = build(config.network, config.size)
    for layer in network.layers:
        layer.set_weights(model.get_layer(layer.name).get_weights())
    return network


def open_run(config: TrainConfig, data: TrainingData, run: Path, resume: bool) -> Progress:
    """Where a run stands, with its configuration saved; errors as in `fit`."""
    if config.patience and not (data.independent and len(data.validate)):
        raise UsageError("training.early_stopping", preset=config.name)
    progress = checkpoint.read_progress(run)
    if progress and not resume:
        raise UsageError("training.run_exists", run=run.name)
    if progress and load_config(run) != config:
        raise UsageError("training.run_differs", run=run.name)
    run.mkdir(parents=True, exist_ok=True)
    atomic_text(run / "config.json", config.to_json())
    return progress or Progress(0)


def _stopped(config: TrainConfig, progress: Progress) -> bool:
    waited = progress.epochs - 1 - progress.best_epoch
    return bool(config.patience) and progress.epochs > 0 and waited >= config.patience


def compiled(
    config: TrainConfig, size: int, data: TrainingData, begin: Begin = from_chance
) -> keras.Model:
    """The network with its optimizer and losses for one input side."""
    with _precision(config.precision):
        model = build(config.network, size, training=True)
    begin(model)
    loss, weights = objective(config)
    model.compile(
        optimizer=_optimizer(config, steps_per_epoch(config, data.train) * config.epochs),
        loss=loss,
        loss_weights=weights,
        metrics={"mask": [dice]},
        jit_compile=config.jit,
    )
    return model


def objective(config: TrainConfig) -> tuple[dict[str, Loss], dict[str, float]]:
    """Loss and weight of each output of the network in training; their weighted sum is trained."""
    names = ["mask", *(deep_name(level) for level in range(2, config.network.deep + 2))]
    loss: dict[str, Loss] = {name: MASK_LOSSES[config.loss] for name in names}
    weights = {
        name: config.deep_weight / 2 ** (below - 1) if below else 1.0
        for below, name in enumerate(names)
    }
    if config.network.presence:
        loss["presence"] = keras.losses.BinaryCrossentropy(label_smoothing=0.02)
        weights["presence"] = config.presence_weight
    if config.network.classes:
        loss["classes"] = class_loss
        weights["classes"] = config.class_weight
    return loss, weights


@contextmanager
def _precision(policy: str) -> Generator[None, None, None]:
    """Layers made inside compute in `policy`; the process's own policy comes back after."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _optimizer(config: TrainConfig, steps: int) -> keras.optimizers.Optimizer:
    rate: float | keras.optimizers.schedules.LearningRateSchedule = config.learning_rate
    if config.schedule == "one_cycle":
        warmup = max(1, steps // 10)
        rate = keras.optimizers.schedules.CosineDecay(
            config.learning_rate / 25,
            max(1, steps - warmup),
            warmup_target=config.learning_rate,
            warmup_steps=warmup,
        )
    average = {"use_ema": True, "ema_momentum": config.ema} if config.ema else {}
    if config.optimizer == "adamw":
        return keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, **average)
    return keras.optimizers.Adam(rate, **average)


def dice(target: keras.KerasTensor, probability: keras.KerasTensor) -> keras.KerasTensor:
    """Dice of the whole batch at threshold 0.5, the metric shown while training."""
    called = keras.ops.cast(probability > 0.5, "float32")
    true = keras.ops.cast(target > 0.5, "float32")
    overlap = keras.ops.sum(called * true)
    return (2 * overlap + 1) / (keras.ops.sum(called) + keras.ops.sum(true) + 1)


def _run_stage(
    config: TrainConfig,
    data: TrainingData,
    run: Path,
    model: keras.Model,
    progress: Progress,
    until: int,
    verbose: int,
) -> Progress:
    """Train one stage up to epoch `until`, starting from the checkpoint if there is one."""
    if progress.epochs:
        checkpoint.restore(run, model)
    store = data.load(config.size_at(progress.epochs))
    ahead = Prefetch(training_batches(store, data.train, config, progress.epochs))
    keeper = _Keeper(config, run, progress, ahead)
    callbacks: list[keras.callbacks.Callback] = [keeper]
    if config.ema and len(data.validate):
        callbacks.insert(0, keras.callbacks.SwapEMAWeights())
    if keras.backend.backend() == "tensorflow":
        callbacks.append(keras.callbacks.TensorBoard(run / "tensorboard", write_graph=False))
    validation = _validation(store, data, config)
    try:
        model.fit(
            iter(ahead),
            shuffle=False,  # the batches are drawn in random order already
            epochs=until,
            initial_epoch=progress.epochs,
            steps_per_epoch=steps_per_epoch(config, data.train),
            validation_data=validation[0] if validation else None,
            validation_steps=validation[1] if validation else None,
            validation_freq=config.validate_every,
            callbacks=callbacks,
            verbose=verbose,
        )
    finally:
        ahead.close()
    return keeper.progress


def _validation(
    store: SliceStore, data: TrainingData, config: TrainConfig
) -> tuple[Iterator[Batch], int] | None:
    """Validation slices in whole batches, in order, without augmentation."""
    steps = len(data.validate) // config.batch_size
    if not steps:
        return None

    def batches() -> Iterator[Batch]:
        while True:
            for step in range(steps):
                part = data.validate[step * config.batch_size : (step + 1) * config.batch_size]
                yield make_batch(store, part, config, None)

    return batches(), steps


class _Keeper(keras.callbacks.Callback):
    """After every epoch: history row, best weights, checkpoint; stops when patience runs out."""

    def __init__(self, config: TrainConfig, run: Path, progress: Progress, ahead: Prefetch) -> None:
        super().__init__()
        self.config, self.run, self.progress, self.ahead = config, run, progress, ahead
        self.rows = read_history(run)[: progress.epochs]
        self._began = 0.0
        self._trained = 0.0
        self._waited = 0.0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self._began = self._trained = time.perf_counter()
        self._waited = self.ahead.waited_s

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        self._trained = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logs = {key: float(value) for key, value in (logs or {}).items()}
        seconds = self._trained - self._began
        slices = self.params["steps"] * self.config.batch_size
        self.rows.append(
            {
                "epoch": epoch + 1,
                "size": self.config.size_at(epoch),
                **logs,
                "seconds": round(time.perf_counter() - self._began, 2),
                "slices_per_s": round(slices / seconds, 2),
                "waited_share": round((self.ahead.waited_s - self._waited) / seconds, 4),
            }
        )
        write_history(self.run, self.rows)
        self.progress = self._judge(epoch, logs)
        checkpoint.save(self.run, self.model, self.progress)
        if _stopped(self.config, self.progress):
            self.model.stop_training = True

    def _judge(self, epoch: int, logs: dict[str, float]) -> Progress:
        loss = logs.get("val_loss", float("inf"))
        if self.config.patience and loss < self.progress.best_loss:
            checkpoint.save_weights(self.run / "best.weights.h5", self.model)
            return Progress(epoch + 1, loss, epoch)
        return Progress(epoch + 1, self.progress.best_loss, self.progress.best_epoch)
