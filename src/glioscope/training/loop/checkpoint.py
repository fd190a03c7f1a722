# pyright: basic
# It speaks with Keras, which carries no types.
"""Training state on disk: everything needed to go on after kill -9, written atomically."""

import os
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, is_zipfile

import keras
import numpy as np

from glioscope.errors import GlioscopeError
from glioscope.files import atomic_path
from glioscope.texts.message import Message, message

CHECKPOINT = "checkpoint.npz"


@dataclass(frozen=True)
class Progress:
    """Epochs done, the best validation loss so far and the epoch it was reached in."""

    epochs: int
    best_loss: float = float("inf")
    best_epoch: int = -1


def save(run: Path, model: keras.Model, progress: Progress) -> None:
    """Write weights, optimizer state and progress to `run/checkpoint.npz`."""
    arrays = {f"w{i}": np.asarray(v) for i, v in enumerate(_arrays(model.weights))}
    arrays |= {f"o{i}": np.asarray(v) for i, v in enumerate(_arrays(model.optimizer.variables))}
    with atomic_path(run / CHECKPOINT) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            progress=np.array([progress.epochs, progress.best_loss, progress.best_epoch]),
            allow_pickle=False,
            **arrays,
        )


def read_progress(run: Path) -> Progress | None:
    """Progress of a run, or None when it has no checkpoint."""
    if not (run / CHECKPOINT).exists():
        return None
    with _open(run) as stored:
        epochs, best, best_epoch = stored["progress"]
    return Progress(int(epochs), float(best), int(best_epoch))


def restore(run: Path, model: keras.Model) -> None:
    """Put the stored state into a compiled model of the same shape.

    Raises:
        GlioscopeError: the checkpoint is damaged or belongs to another network.
    """
    model.optimizer.build(model.trainable_variables)
    with _open(run) as stored:
        for prefix, variables in (("w", model.weights), ("o", model.optimizer.variables)):
            for index, variable in enumerate(variables):
                name = f"{prefix}{index}"
                if name not in stored or stored[name].shape != tuple(variable.shape):
                    raise GlioscopeError(
                        "training.other_checkpoint",
                        run=run.name,
                        file=CHECKPOINT,
                        variable=variable.path,
                    )
                variable.assign(stored[name])


def _open(run: Path) -> np.lib.npyio.NpzFile:
    reason: Message | str = message("training.damaged")
    try:
        # NumPy leaves the file open when it turns out to be no archive.
        if is_zipfile(run / CHECKPOINT):
            return np.load(run / CHECKPOINT)
    except (BadZipFile, OSError, ValueError) as error:
        reason = str(error)
    raise GlioscopeError(
        "training.checkpoint_unreadable", run=run.name, file=CHECKPOINT, reason=reason
    )


def _arrays(variables: list[keras.Variable]) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(v) for v in variables]


def save_weights(path: Path, model: keras.Model) -> None:
    """Write the model's weights to an `.weights.h5` file."""
    with atomic_path(path) as temporary:
        model.save_weights(os.fspath(temporary))
