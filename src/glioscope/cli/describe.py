# pyright: basic
# It speaks with Keras, which carries no types.
"""What a preset trains, and how long that takes here."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from glioscope.training.config import TrainConfig


def describe_training(config: "TrainConfig") -> None:
    """Print the network, its cost, and how long an epoch and a fold take on this machine."""
    from glioscope.training.network.unet import build, flop

    network = build(config.network, config.size)
    network.summary(print_fn=typer.echo)
    typer.echo(f"preset       {config.name}")
    typer.echo(f"input        {config.size} x {config.size} x {network.input_shape[-1]}")
    typer.echo(f"parameters   {network.count_params():,}")
    typer.echo(f"cost         {flop(network) / 1e9:.2f} GFLOP per slice, forward")
    typer.echo(f"training     {config.epochs} epochs, loss {config.loss}, {config.optimizer}")
    _time(config)


def _time(config: "TrainConfig") -> None:
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
