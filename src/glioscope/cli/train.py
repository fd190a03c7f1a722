# pyright: basic
# It speaks with Keras, which carries no types.
"""`glioscope train`: from a folder of cases to a run folder."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

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
    from glioscope.training.steps import Told


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
        str, typer.Option(metavar="NAME|FILE", help="Preset name or a .toml file.")
    ] = "robust",
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
    from dataclasses import replace

    from glioscope.training.config import load_preset
    from glioscope.training.quiet import quiet_tensorflow

    config = load_preset(preset)
    if seed is not None:
        config = replace(config, seed=seed)
    if describe:
        quiet_tensorflow()
        _describe(config)
        return
    if data is None or output is None or (fold is None) == (protocol is None):
        raise UsageError("training.usage")
    if teacher and fold is None:
        raise UsageError("training.teacher_needs_fold")
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
        if engine is EngineName.RAY and fold:
            with connected(address) as ray:
                _train_on(ray, config, data, fold, output, teacher or [], resume, device, told)
        else:
            _train(config, data, fold, output, teacher or [], resume, verbose, told)


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


def _train(
    config: "TrainConfig",
    data: Path,
    fold: str | None,
    run: Path,
    teachers: list[Path],
    resume: bool,
    verbose: int,
    told: "Told",
) -> None:
    from glioscope.training.data.cases import folds_of
    from glioscope.training.data.classes import with_classes
    from glioscope.training.distil.teachers import with_teachers
    from glioscope.training.folds.cross_validation import cross_validate, train_fold
    from glioscope.training.folds.leaky import train_leaky
    from glioscope.training.folds.out_of_fold import finish

    if fold is None:
        train_leaky(config, data, run, resume=resume, verbose=verbose, told=told)
        return
    folds, part = parts_of(fold, folds_of(data))
    config = with_classes(config, data)
    config, lessons = with_teachers(config, teachers, data, folds) if teachers else (config, None)
    how: dict[str, Any] = {"resume": resume, "verbose": verbose, "lessons": lessons, "told": told}
    if part == "all":
        cross_validate(config, data, folds, run, **how)
    else:
        train_fold(config, data, folds, part, run, **how)
    if part is not None:
        finish(config, data, folds, run, told)


def _train_on(
    ray: Any,
    config: "TrainConfig",
    data: Path,
    fold: str,
    run: Path,
    teachers: list[Path],
    resume: bool,
    device: Device,
    told: "Told",
) -> None:
    """As `_train`, the folds at once."""
    from glioscope.training.data.cases import folds_of
    from glioscope.training.data.classes import with_classes
    from glioscope.training.distil.teachers import with_teachers
    from glioscope.training.folds.out_of_fold import finish
    from glioscope.training.folds.side_by_side import cross_validate_side_by_side

    folds, _ = parts_of(fold, folds_of(data))
    config = with_classes(config, data)
    runs, lessons = [teacher.absolute() for teacher in teachers], None
    if runs:
        config, lessons = with_teachers(config, runs, data.absolute(), folds)
    where = None if device is Device.AUTO else f"{device.value}:0"
    cross_validate_side_by_side(
        ray, config, data, folds, run, resume=resume, lessons=lessons, device=where, told=told
    )
    finish(config, data, folds, run, told)


def parts_of(fold: str, folds: "Folds") -> "tuple[Folds, int | Literal['all'] | None]":
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


def _describe(config: "TrainConfig") -> None:
    from glioscope.training.network.unet import build, flop

    network = build(config.network, config.size)
    network.summary(print_fn=typer.echo)
    typer.echo(f"preset       {config.name}")
    typer.echo(f"input        {config.size} x {config.size} x {network.input_shape[-1]}")
    typer.echo(f"parameters   {network.count_params():,}")
    typer.echo(f"cost         {flop(network) / 1e9:.2f} GFLOP per slice, forward")
    typer.echo(f"training     {config.epochs} epochs, loss {config.loss}, {config.optimizer}")
    _describe_time(config)


def _describe_time(config: "TrainConfig") -> None:
    """How long a fold takes here: the network alone, on four fifths of the public set."""
    from glioscope.datasets.lgg_check import PUBLIC_SET
    from glioscope.training.loop.timing import seconds_per_epoch

    slices = PUBLIC_SET[1] * 4 // 5
    whole = 0.0
    for number, (size, epochs) in enumerate(config.stages):
        seconds = seconds_per_epoch(config, size, slices)
        whole += seconds * epochs
        name = "" if number else "time"
        typer.echo(f"{name:12} {_duration(seconds)} per epoch at {size} x {size} on this machine")
    typer.echo(f"{'':12} {_duration(whole)} for {config.epochs} epochs of one fold")


def _duration(seconds: float) -> str:
    """Two figures are as many as such a guess is worth."""
    if seconds < 100:
        return f"about {seconds:.2g} s"
    minutes = seconds / 60
    return f"about {minutes:.2g} min" if minutes < 100 else f"about {minutes / 60:.2g} h"
