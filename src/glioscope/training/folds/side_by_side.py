# pyright: basic
# It speaks with Keras and Ray, which carry no types, or in part.
"""Folds trained at the same time, each in a process of its own somewhere in a Ray cluster.

Data and run folder lie where every computer sees them. Keras is imported by those processes alone:
what it computes with is told them before.
"""

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import sleep
from typing import TYPE_CHECKING, Any

from glioscope.errors import GlioscopeError, UsageError
from glioscope.evaluation.splits.folds import Folds
from glioscope.files import claimed
from glioscope.texts.message import message
from glioscope.training.config import TrainConfig
from glioscope.training.steps import Told, nobody

if TYPE_CHECKING:
    from glioscope.training.folds.cross_validation import Lessons
    from glioscope.training.loop.fit import Begin

# So often a fold is begun whose process or computer was lost; it goes on after its last epoch.
_ATTEMPTS = 3
# A file server keeps the locks of a computer that is gone for about this long.
_PATIENCE_S = 120


@dataclass(frozen=True, kw_only=True)
class FoldTask:
    """A fold, as another computer is told of it.

    `run` is the fold's own folder, `sign` a file that the caller sees in the run folder, `device`
    one of Keras's or None, `version` that of the caller's glioscope.
    """

    config: TrainConfig
    root: Path
    folds: Folds
    k: int
    run: Path
    resume: bool
    lessons: "Lessons | None"
    begin: "Begin | None"
    device: str | None
    sign: Path
    version: str


def train_there(task: FoldTask) -> GlioscopeError | None:
    """Train one fold; returns why it cannot be."""
    try:
        _check(task)
        with _alone(task.run):
            _train(task)
    except GlioscopeError as error:
        return error
    return None


def _train(task: FoldTask) -> None:
    import keras

    from glioscope.training.folds.cross_validation import train_fold

    how: dict[str, Any] = {"resume": task.resume, "verbose": 0, "lessons": task.lessons}
    if task.begin:
        how["begin"] = task.begin
    with keras.device(task.device) if task.device else nullcontext():
        train_fold(task.config, task.root, task.folds, task.k, task.run, **how)


@contextmanager
def _alone(run: Path) -> Generator[None, None, None]:
    """Wait for the end of a process that was thought lost and trains this fold still."""
    for _ in range(_PATIENCE_S):
        with claimed(run) as mine:
            if mine:
                yield
                return
        sleep(1)
    raise UsageError("training.claimed", run=run.name)


def _check(task: FoldTask) -> None:
    import ray.util

    from glioscope import __version__

    node = ray.util.get_node_ip_address()
    if __version__ != task.version:
        raise UsageError("training.other_version", node=node, there=__version__, here=task.version)
    for path in (task.sign, task.root):
        if not path.exists():
            raise UsageError("training.elsewhere", node=node, name=path.parent.name)


def cross_validate_side_by_side(
    ray: Any,
    config: TrainConfig,
    root: Path,
    folds: Folds,
    run: Path,
    *,
    resume: bool = False,
    lessons: "Lessons | None" = None,
    begin: "Begin | None" = None,
    device: str | None = None,
    told: Told = nobody,
) -> None:
    """As `cross_validate`, by a connected `ray`: as many folds at once as it has room for.

    A fold whose process or computer is lost goes on elsewhere after its last whole epoch. The cores
    are shared among the folds, and where there are GPUs each fold has one.

    Raises:
        UsageError: a computer sees other folders, or has another version.
        GlioscopeError: what `train_fold` raises, or a fold was lost again and again.
    """
    from glioscope import __version__
    from glioscope.training.folds.cross_validation import RAW, fold_run
    from glioscope.training.loop.checkpoint import CHECKPOINT

    root, run = root.absolute(), run.absolute()
    runs = [fold_run(run, folds, k) for k in range(folds.k)]
    left = [k for k, folder in enumerate(runs) if not (resume and (folder / RAW).exists())]
    # What lay there before and may not be resumed is not resumed after a loss either.
    ours = {k: resume or not (runs[k] / CHECKPOINT).exists() for k in left}
    remote = _remote(ray, folds.k, device)
    what = message("training.side_by_side", count=len(left))
    with _signed(run) as sign:
        shared = {"config": config, "root": root, "folds": folds, "resume": resume}
        shared |= {
            "lessons": lessons,
            "begin": begin,
            "device": device,
            "sign": sign,
            "version": __version__,
        }
        tasks = [FoldTask(k=k, run=runs[k], **shared) for k in left]
        flights = {remote.remote(task): (task, 1) for task in tasks}
        while flights:
            told(what, len(left) - len(flights), len(left))
            [ref], _ = ray.wait(list(flights), num_returns=1)
            task, attempt = flights.pop(ref)
            error = _answer(ray, ref)
            if isinstance(error, GlioscopeError):
                raise error
            if error and attempt == _ATTEMPTS:
                raise GlioscopeError("training.fold_lost", part=task.run.name, attempts=attempt)
            if error:
                again = replace(task, resume=ours[task.k])
                flights[remote.remote(again)] = again, attempt + 1
        told(what, len(left), len(left))


def _answer(ray: Any, ref: Any) -> Exception | None:
    """Why a fold was not trained: our own error, or Ray's where its process is gone."""
    try:
        return ray.get(ref)
    except ray.exceptions.RayTaskError:
        raise
    except ray.exceptions.RayError as lost:
        return lost


def _remote(ray: Any, parts: int, device: str | None) -> Any:
    """`train_there` in a process of its own, with its share of what there is."""
    import keras

    there = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    widest = max(int(node.get("CPU", 0)) for node in there)
    cores = sum(int(node.get("CPU", 0)) for node in there)
    share = max(1, min(cores // parts, widest))
    gpu = any(node.get("GPU") for node in there) and not (device or "").startswith("cpu")
    environment = {
        "KERAS_BACKEND": keras.backend.backend(),
        "TF_NUM_INTRAOP_THREADS": str(share),
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    # One process for one fold: what it had of a GPU's memory is free for the next.
    options = {"num_cpus": share, "num_gpus": int(gpu), "max_retries": 0, "max_calls": 1}
    return ray.remote(**options, runtime_env={"env_vars": environment})(train_there)


@contextmanager
def _signed(run: Path) -> Generator[Path, None, None]:
    """A file in the run folder by which another computer knows that it sees the same."""
    run.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=run, prefix=".sign-") as sign:
        yield Path(sign.name)
