# pyright: basic
# It speaks with Keras, which carries no types.
"""`glioscope train`: from a folder of cases to a run folder."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from glioscope.cli.describe import describe_training
from glioscope.cli.support import options
from glioscope.cli.support.cluster import EngineName, connected, require_ray
from glioscope.cli.support.console import Notices, steps
from glioscope.cli.support.output import check_folder
from glioscope.cli.support.stopping import when_stopped, written_to
from glioscope.errors import UsageError
from glioscope.files import claimed
from glioscope.texts.message import Message, message

if TYPE_CHECKING:
    from glioscope.evaluation.splits.folds import Folds
    from glioscope.training.config import TrainConfig
    from glioscope.training.loop.fit import Begin
    from glioscope.training.steps import Told

    # One part of the folds, all of them, or every patient.
    Part = int | Literal["all"] | None

# In place of a bundle's folder.
_SHIPPED = "shipped"


class Device(StrEnum):
    """Where to train."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "gpu"


class Protocol(StrEnum):
    """Named splits other than the patient-level folds."""

    PAPER_LEAKY = "paper-leaky"


def train(
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATA",
            help="Folder of the LGG cases, or a set by `data import` or `reviews export`.",
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Preset name or a .toml file.",
            show_default="robust; update with --from",
        ),
    ] = None,
    fold: Annotated[
        str | None,
        typer.Option(
            help="Patient-level fold 0 to 4, `all` five, or `none`: all patients; `sites`: leave "
            "one hospital out in turn, `sites:CS`: only that one."
        ),
    ] = None,
    protocol: Annotated[
        Protocol | None, typer.Option(help="paper-leaky: the paper's split by slices (leaks).")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Run folder.")] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(
            help="Finished cross-validation that teaches a preset with teacher_weight; may repeat."
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="BUNDLE|shipped",
            help="Begin with this model's network; whom it has learned from cannot judge it.",
        ),
    ] = None,
    device: Annotated[Device, typer.Option(help="Device for training.")] = Device.AUTO,
    engine: Annotated[
        EngineName,
        typer.Option(help="ray: folds of `all` or `sites` at once, on the computers of a cluster."),
    ] = EngineName.LOCAL,
    address: options.Address = None,
    devices: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="Each batch on N devices together; Keras on JAX."),
    ] = 1,
    seed: Annotated[int | None, typer.Option(help="Seed in place of the preset's.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the last whole epoch.")
    ] = False,
    describe: Annotated[
        bool,
        typer.Option(
            "--describe", help="Print the network, its cost, and how long an epoch takes here."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="One line per epoch instead of a bar.")
    ] = False,
) -> None:
    """Train a network. Research software, not a medical device."""
    from glioscope.training.config import load_preset
    from glioscope.training.quiet import quiet_tensorflow

    config = load_preset(preset or ("robust" if start is None else "update"))
    if seed is not None:
        config = replace(config, seed=seed)
    if describe:
        quiet_tensorflow()
        describe_training(config)
        return
    if data is None or output is None or (fold is None) == (protocol is None):
        raise UsageError("training.usage")
    if teacher and fold is None:
        raise UsageError("training.teacher_needs_fold")
    if start is not None and fold is None:
        raise UsageError("training.start_needs_fold")
    require_ray(engine, address)
    if engine is EngineName.RAY and fold not in ("all", "sites"):
        raise UsageError("training.side_by_side_of")
    if engine is EngineName.RAY and devices > 1:
        raise UsageError("training.devices_apart")
    check_folder(output)
    quiet_tensorflow()
    bars = not quiet and sys.stdout.isatty()
    verbose = 1 if bars else 2
    notices = Notices()
    with (
        _alone(output),
        when_stopped(_stopped(output)),
        _on(device, devices, config.batch_size),
        steps(notices, bars=bars) as told,
    ):
        wanted = _Wanted(config, data, fold, output, teacher or [], start, resume)
        if engine is EngineName.RAY:
            with connected(address) as ray:
                _train_on(ray, wanted, device, told)
        else:
            _train(wanted, verbose, told)


@contextmanager
def _alone(run: Path) -> Generator[None, None, None]:
    """Keep other trainings out of the run folder.

    Raises:
        UsageError: another one is at it.
    """
    with claimed(run) as mine:
        if not mine:
            raise UsageError("training.claimed", run=run.name)
        yield


def _stopped(run: Path) -> Callable[[], Message]:
    """What Ctrl-C leaves: whole epochs, once there is one."""
    otherwise = written_to(run)

    def told() -> Message:
        from glioscope.training.loop.checkpoint import CHECKPOINT

        whole = any(run.glob(CHECKPOINT)) or any(run.glob(f"*/{CHECKPOINT}"))
        return message("training.interrupted", run=run.name) if whole else otherwise()

    return told


@dataclass(frozen=True)
class _Wanted:
    """What was asked for; `fold` is None for the paper's own protocol."""

    config: "TrainConfig"
    data: Path
    fold: str | None
    run: Path
    teachers: list[Path]
    start: str | None
    resume: bool


def _train(wanted: _Wanted, verbose: int, told: "Told") -> None:
    from glioscope.training.folds.cross_validation import cross_validate, train_fold
    from glioscope.training.folds.leaky import train_leaky
    from glioscope.training.folds.out_of_fold import finish

    data, run, resume = wanted.data, wanted.run, wanted.resume
    if wanted.fold is None:
        train_leaky(wanted.config, data, run, resume=resume, verbose=verbose, told=told)
        return
    config, folds, part, how = _prepared(wanted, wanted.fold)
    how |= {"verbose": verbose, "told": told}
    if part == "all":
        cross_validate(config, data, folds, run, **how)
    else:
        train_fold(config, data, folds, part, run, **how)
    if part is not None:
        finish(config, data, folds, run, told)


def _train_on(ray: Any, wanted: _Wanted, device: Device, told: "Told") -> None:
    """As `_train`, the folds at once."""
    from glioscope.training.folds.out_of_fold import finish
    from glioscope.training.folds.side_by_side import cross_validate_side_by_side

    # Other computers see the same folders, and not from here.
    teachers = [teacher.absolute() for teacher in wanted.teachers]
    wanted = replace(wanted, data=wanted.data.absolute(), teachers=teachers)
    config, folds, _, how = _prepared(wanted, wanted.fold or "all")
    how |= {"device": None if device is Device.AUTO else f"{device.value}:0", "told": told}
    cross_validate_side_by_side(ray, config, wanted.data, folds, wanted.run, **how)
    finish(config, wanted.data, folds, wanted.run, told)


def _prepared(wanted: _Wanted, fold: str) -> "tuple[TrainConfig, Folds, Part, dict[str, Any]]":
    """Configuration, folds, which of them, and what else their training is told."""
    from glioscope.training.data.cases import folds_of
    from glioscope.training.data.classes import with_classes
    from glioscope.training.distil.teachers import with_teachers

    config, data = wanted.config, wanted.data
    folds, part = parts_of(fold, folds_of(data))
    how: dict[str, Any] = {"resume": wanted.resume}
    if wanted.start is not None:
        config, how["begin"] = _begun(wanted, wanted.start, folds, part)
    config = with_classes(config, data)
    if wanted.teachers:
        config, how["lessons"] = with_teachers(config, wanted.teachers, data, folds)
    return config, folds, part, how


def _begun(
    wanted: _Wanted, start: str, folds: "Folds", part: "Part"
) -> "tuple[TrainConfig, Begin]":
    from glioscope.model.bundle import shipped_model
    from glioscope.training.folds.start import begin_with, keep_patients, require_unknown

    bundle = shipped_model() if start == _SHIPPED else Path(start)
    beginning = begin_with(bundle, wanted.config)
    require_unknown(beginning, wanted.data, folds, part)
    keep_patients(beginning, wanted.run)
    return beginning.config, beginning.begin


def parts_of(fold: str, folds: "Folds") -> "tuple[Folds, Part]":
    """What `--fold` names: the folds, and one of their parts, all, or None: every patient.

    Raises:
        UsageError: it names nothing.
    """
    from glioscope.evaluation.splits.folds import site_folds

    kind, colon, site = fold.partition(":")
    if kind == "sites":
        folds = site_folds(folds.cases, folds.seed)
        return folds, folds.part_of_site(site) if colon else "all"
    if fold in ("all", "none"):
        return folds, "all" if fold == "all" else None
    if not fold.isdigit():
        raise UsageError("training.no_such_part", fold=fold)
    return folds, int(fold)


def _on(device: Device, count: int, batch_size: int):
    from contextlib import nullcontext

    kind = None if device is Device.AUTO else device.value
    if count > 1:
        from glioscope.training.loop.devices import across

        return across(count, batch_size, kind)
    if kind is None:
        return nullcontext()
    import keras

    return keras.device(f"{kind}:0")
