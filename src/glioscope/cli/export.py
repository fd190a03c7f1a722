"""`glioscope export`: trained runs to a bundle that `analyze` can load."""

from pathlib import Path
from typing import Annotated

import typer

from glioscope.cli.support.output import check_folder


def export(
    run: Annotated[
        Path,
        typer.Argument(help="Run of all patients or of one fold; with --ensemble: of all folds."),
    ],
    data: Annotated[Path, typer.Argument(help="The set; parity is checked on its slices.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Bundle folder to write.")],
    cross_validation: Annotated[
        Path, typer.Option("--cross-validation", help="Run whose thresholds and scores it takes.")
    ],
    name: Annotated[str, typer.Option(help="Name of the model.")] = "glioma-lgg",
    version: Annotated[str, typer.Option(help="Version of the model.")] = "0.1.0",
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="Export the mean of all folds' networks.")
    ] = False,
) -> None:
    """Export a trained network to ONNX with its plan, card and hashes. Not a medical device."""
    check_folder(output)
    from glioscope.training.quiet import quiet_tensorflow

    quiet_tensorflow()
    from glioscope.training.export.bundle import export_bundle

    difference, half = export_bundle(
        run, cross_validation, data, output, name, version, ensemble=ensemble
    )
    stored = "half" if half else "full"
    typer.echo(f"{output.name}: parity with Keras {difference:.1e}, weights in {stored} precision")
