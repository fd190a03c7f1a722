"""`glioscope update-model`: the model in use, tuned on what doctors signed."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from glioscope.cli.support.console import Notices, steps
from glioscope.cli.support.output import check_folder
from glioscope.cli.support.stopping import when_stopped, written_to
from glioscope.settings import Settings
from glioscope.texts.message import message

_Set = "What `reviews export` has written"


def update_model(
    corrections: Annotated[
        Path, typer.Option(metavar="DIR", help=f"{_Set}: what the network learns from.")
    ],
    test: Annotated[
        Path,
        typer.Option(metavar="DIR", help=f"{_Set}: what it is judged by. Frozen by the first use."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Bundle folder to write.")],
    model: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="BUNDLE",
            help="Bundle to begin with.",
            show_default="GLIOSCOPE_MODEL, else the one that ships",
        ),
    ] = None,
    lgg: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="LGG set, mixed with the corrections; a fifth of its patients is judged by, too.",
        ),
    ] = None,
    preset: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="Preset name or a .toml file.")
    ] = "update",
    report: Annotated[
        Path | None,
        typer.Option(help="Comparison to write.", show_default="beside the bundle, .json"),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="One line per epoch instead of a bar.")
    ] = False,
) -> None:
    """Tune the model on corrections; write the bundle only if nothing falls. No medical device."""
    from glioscope.model.bundle import shipped_model
    from glioscope.training.config import load_preset
    from glioscope.training.quiet import quiet_tensorflow

    config = load_preset(preset)
    check_folder(output)
    quiet_tensorflow()
    from glioscope.training.update.release import Wanted
    from glioscope.training.update.release import update_model as update

    wanted = Wanted(
        model=model or Settings.from_environment().model or shipped_model(),
        corrections=corrections,
        test=test,
        lgg=lgg,
        out=output,
        report=report or output.with_name(f"{output.name}.json"),
    )
    bars = not quiet and sys.stdout.isatty()
    with when_stopped(written_to(output)), steps(Notices(), bars=bars) as told:
        done = update(wanted, config, verbose=1 if bars else 2, told=told)
    typer.echo(message("training.released", folder=output.name, version=done.version))
