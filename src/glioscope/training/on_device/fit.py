# pyright: basic
# It speaks with Keras, which carries no types, and with JAX, which need not be installed.
"""Training with slices and augmentation on the device, a whole epoch in one call; JAX only.

Batches that the CPU makes would starve a data-centre GPU. Here every slice lies in the device's
memory, and one compiled function makes the samples of an epoch, trains on them and averages the
weights. Losses, weights, optimizer, schedule, sampling and averaging are those of `fit`, and so are
the files of a run folder.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np

from glioscope.errors import GlioscopeError, UsageError
from glioscope.training.config import TrainConfig
from glioscope.training.data.batches import steps_per_epoch
from glioscope.training.data.slices import SliceStore, draw_epoch
from glioscope.training.loop import checkpoint
from glioscope.training.loop.checkpoint import Progress
from glioscope.training.loop.fit import TrainingData, compiled, dice, finished, objective, open_run
from glioscope.training.loop.history import read_history, write_history
from glioscope.training.network.unet import flop
from glioscope.training.on_device.augment import (
    Tensor,
    Tensors,
    draw_changes,
    make_samples,
    targets,
)

# A backward pass takes about twice the operations of a forward pass.
BACKWARD = 3
State = tuple[list[Tensor], list[Tensor], list[Tensor]]
Watch = Callable[[int, keras.Model], bool]


@dataclass(frozen=True)
class Clock:
    """A budget of wall time; `ends` counts as `time.monotonic` does, in seconds."""

    ends: float = float("inf")

    @classmethod
    def of(cls, seconds: float) -> Self:
        """A clock that starts now."""
        return cls(time.monotonic() + seconds)

    def allows(self, seconds: float) -> bool:
        """Whether something that takes so long would end in time."""
        return time.monotonic() + seconds < self.ends


def fit_on_device(
    config: TrainConfig,
    data: TrainingData,
    run: Path,
    *,
    resume: bool = False,
    clock: Clock | None = None,
    watch: Watch | None = None,
    save_every_s: float = 30.0,
) -> keras.Model | None:
    """Train as `fit` does and return the network, or None when the clock ran out before the end.

    config.json is written at the start, history.csv and checkpoint.npz every `save_every_s` seconds
    of work, at the end of each stage and when the clock runs out; then `resume` goes on, with the
    very batches that an unbroken run would have seen. The clock is looked at between epochs.
    `watch` is shown the epoch, from 1, and the network in training with its averaged weights after
    each epoch, and ends the training by returning True. Validation slices are not looked at.

    Raises:
        UsageError: Keras does not run on JAX, early stopping, a head for classes or painted
            cores are asked for, or as in `fit`.
        GlioscopeError: the loss is not finite any more.
    """
    if keras.backend.backend() != "jax":
        raise UsageError("training.needs_jax")
    if config.patience:
        raise UsageError("training.no_early_stopping", preset=config.name)
    if config.network.classes:
        raise UsageError("training.no_classes_on_device", preset=config.name)
    if config.augment.core:
        raise UsageError("training.no_cores_on_device", preset=config.name)
    progress = open_run(config, data, run, resume)
    rows = read_history(run)[: progress.epochs]
    keras.utils.set_random_seed(config.seed)
    loop = _Loop(config, data, run, clock or Clock(), watch, save_every_s, rows)
    done = 0
    for size, epochs in config.stages:
        done += epochs
        if len(rows) < done and not loop.run_stage(size, done):
            break
    return finished(config, data, run) if loop.complete else None


class _Loop:
    """What stays the same from one stage to the next, and how far the run has come."""

    def __init__(
        self,
        config: TrainConfig,
        data: TrainingData,
        run: Path,
        clock: Clock,
        watch: Watch | None,
        save_every_s: float,
        rows: list[dict[str, float]],
    ) -> None:
        self.config, self.data, self.run, self.rows = config, data, run, rows
        self.clock, self.watch, self.save_every_s = clock, watch, save_every_s
        self.complete = len(rows) >= config.epochs

    def run_stage(self, size: int, until: int) -> bool:
        """Train up to epoch `until`; False when training ends here."""
        stage = Stage.start(self.config, self.data, size)
        if self.rows:
            checkpoint.restore(self.run, stage.model)
        state = read_state(stage.model)
        saved = time.monotonic()
        going = True
        while going and len(self.rows) < until:
            if not self.clock.allows(self._next_takes()):
                self._save(stage.model, state)
                return False
            state = self._epoch(stage, state)
            if self.watch:
                going = not self.watch(len(self.rows), averaged(stage.model, state))
            if time.monotonic() - saved > self.save_every_s:
                self._save(stage.model, state)
                saved = time.monotonic()
        self._save(stage.model, state)
        self.complete = not going or len(self.rows) >= self.config.epochs
        return going

    def _next_takes(self) -> float:
        """Seconds to keep free for an epoch and for saving, judged by the last one."""
        return 1.5 * self.rows[-1]["seconds"] + 5 if self.rows else 0.0

    def _epoch(self, stage: "Stage", state: State) -> State:
        number = len(self.rows)
        began = time.perf_counter()
        given = stage.given(number)
        waited = time.perf_counter() - began
        compile_s = stage.compile(state, given)
        began = time.perf_counter()
        state, losses, dices = stage.train(state, given)
        loss = float(np.mean(np.asarray(losses)))  # waits for the device
        seconds = time.perf_counter() - began + waited
        if not np.isfinite(loss):
            raise GlioscopeError(
                "training.loss_not_finite", run=self.run.name, loss=loss, epoch=number + 1
            )
        slices = given["indices"].shape[0] * given["indices"].shape[1]
        self.rows.append(
            {
                "epoch": number + 1,
                "size": stage.size,
                "loss": loss,
                "mask_dice": float(np.mean(np.asarray(dices))),
                "seconds": round(seconds, 4),
                "slices_per_s": round(slices / seconds, 2),
                "flop_per_s": round(BACKWARD * stage.flop * slices / seconds),
                "waited_share": round(waited / seconds, 4),
                "compile_s": round(compile_s, 2),
            }
        )
        return state

    def _save(self, model: keras.Model, state: State) -> None:
        if not self.rows:
            return
        write_history(self.run, self.rows)
        write_state(model, state)
        checkpoint.save(self.run, model, Progress(len(self.rows)))


class Stage:
    """One input side: the network, the slices on the device, and the compiled epoch."""

    def __init__(
        self, config: TrainConfig, data: TrainingData, store: SliceStore, model: keras.Model
    ) -> None:
        self.config, self.data, self.store, self.model = config, data, store, model
        self.size = store.planes.shape[1]
        self.flop = flop(model)
        self._tables = tables(store)
        self._compiled: Any = None

    @classmethod
    def start(cls, config: TrainConfig, data: TrainingData, size: int) -> Self:
        """Load the slices and build the network for one side."""
        return cls(config, data, data.load(size), compiled(config, size, data))

    def given(self, epoch: int) -> dict[str, Any]:
        """What the steps of an epoch are told, first axis the step; seed and epoch decide it."""
        import jax  # pyright: ignore[reportMissingImports]

        config = self.config
        order = draw_epoch(
            self.store,
            self.data.train,
            config.samples_per_epoch,
            config.positive_share,
            (config.seed, epoch),
        )
        batch = min(config.batch_size, len(order))
        # Fewer are drawn than asked for where a class is missing; a rest makes no batch, as in fit.
        steps = min(steps_per_epoch(config, self.data.train), len(order) // batch)
        indices = order[: steps * batch]
        rng = np.random.default_rng((config.seed, epoch, 1))
        changes = draw_changes(len(indices), self.size, config.augment, rng)
        keys = jax.random.split(jax.random.fold_in(jax.random.key(config.seed), epoch), steps)
        return {
            "indices": indices.reshape(steps, batch).astype(np.int32),
            "at": self.store.neighbours(indices, config.network.context)
            .reshape(steps, batch, -1)
            .astype(np.int32),
            "changes": {k: v.reshape(steps, batch, *v.shape[1:]) for k, v in changes.items()},
            "key": keys,
        }

    def compile(self, state: State, given: dict[str, Any]) -> float:
        """Compile the epoch unless it is; the seconds that took."""
        import jax  # pyright: ignore[reportMissingImports]

        if self._compiled is not None:
            return 0.0
        began = time.perf_counter()
        epoch = jax.jit(epoch_function(self.config, self.model))
        self._compiled = epoch.lower(state, given, self._tables).compile()
        return time.perf_counter() - began

    def train(self, state: State, given: dict[str, Any]) -> tuple[State, Tensor, Tensor]:
        """Run one epoch; the new state, and loss and Dice of every step."""
        return self._compiled(state, given, self._tables)


def tables(store: SliceStore) -> Tensors:
    """The slices in the device's memory."""
    import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

    held = {f.name: getattr(store, f.name) for f in fields(store) if f.name in _ON_DEVICE}
    return {k: jnp.asarray(v) for k, v in held.items()} | {"positive": jnp.asarray(store.positive)}


_ON_DEVICE = ("planes", "masks", "brain", "brain_gain")


def epoch_function(
    config: TrainConfig, model: keras.Model
) -> Callable[[State, dict[str, Any], Tensors], tuple[State, Tensor, Tensor]]:
    """All steps of an epoch as one function of state, `Stage.given` and `tables`."""
    import jax  # pyright: ignore[reportMissingImports]

    losses, weights = objective(config)

    def loss_of(trainable, non_trainable, slices, wanted):
        answer, non_trainable = model.stateless_call(
            trainable, non_trainable, slices, training=True
        )
        total = sum(weights[name] * losses[name](wanted[name], answer[name]) for name in losses)
        return total, (non_trainable, dice(wanted["mask"], answer["mask"]))

    def epoch(state: State, given: dict[str, Any], held: Tensors):
        def step(state: State, told: dict[str, Any]):
            trainable, non_trainable, optimizer = state
            slices, wanted = _samples(config, held, told)
            (loss, (non_trainable, score)), gradients = jax.value_and_grad(loss_of, has_aux=True)(
                trainable, non_trainable, slices, wanted
            )
            trainable, optimizer = model.optimizer.stateless_apply(optimizer, gradients, trainable)
            return (trainable, non_trainable, optimizer), (loss, score)

        state, (loss, score) = jax.lax.scan(step, state, given)
        return state, loss, score

    return epoch


def _samples(config: TrainConfig, held: Tensors, told: dict[str, Any]) -> tuple[Tensor, Tensors]:
    import jax  # pyright: ignore[reportMissingImports]

    at, indices = told["at"], told["indices"]
    planes = held["planes"][at]  # (b, o, n, n, c)
    shape = (*planes.shape[:1], *planes.shape[2:4], planes.shape[1] * planes.shape[4])
    noise = jax.random.normal(told["key"], shape) if config.augment.noise else None
    slices, masks = make_samples(
        planes,
        held["masks"][indices].astype("float32") / 255,
        held["brain"][at],
        held["brain_gain"][indices],
        told["changes"],
        noise,
    )
    return slices, targets(masks, held["positive"][indices], config.network)


def _groups(model: keras.Model) -> tuple[list[Any], list[Any], list[Any]]:
    return model.trainable_variables, model.non_trainable_variables, model.optimizer.variables


def read_state(model: keras.Model) -> State:
    """The values of weights and optimizer as the epoch takes them."""
    model.optimizer.build(model.trainable_variables)
    trainable, non_trainable, optimizer = ([v.value for v in group] for group in _groups(model))
    return trainable, non_trainable, optimizer


def write_state(model: keras.Model, state: State) -> None:
    """Put a state back into the model."""
    for group, values in zip(_groups(model), state, strict=True):
        for variable, value in zip(group, values, strict=True):
            variable.assign(value)


def averaged(model: keras.Model, state: State) -> keras.Model:
    """The model with a state's averaged weights, where its optimizer keeps an average."""
    write_state(model, state)
    if model.optimizer.use_ema:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    return model


def measure_speed(config: TrainConfig, data: TrainingData, size: int) -> float:
    """Slices per second of one epoch at a side, after a first one that compiles and warms up."""
    stage = Stage.start(config, data, size)
    state = read_state(stage.model)
    given = stage.given(0)
    stage.compile(state, given)
    state, losses, _ = stage.train(state, given)
    np.asarray(losses)
    began = time.perf_counter()
    _, losses, _ = stage.train(state, stage.given(1))
    np.asarray(losses)
    return float(given["indices"].size / (time.perf_counter() - began))
