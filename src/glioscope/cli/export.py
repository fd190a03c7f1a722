"""`glioscope export` and `monai`: trained runs to a bundle, and bundles in MONAI's shape."""

from pathlib import Path
from typing import Annotated

import typer

from glioscope.cli.support import options
from glioscope.cli.support.output import check_folder
from glioscope.settings import Settings


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
    eight_bits: Annotated[
        bool, typer.Option("--eight-bits", help="Also the network in 8 bits, for `--fast`.")
    ] = False,
    with_monai: Annotated[
        bool, typer.Option("--monai", help="Also as a MONAI bundle, in OUTPUT-monai.")
    ] = False,
) -> None:
    """Export a trained network to ONNX with its plan, card and hashes. Not a medical device."""
    check_folder(output)
    from glioscope.training.quiet import quiet_tensorflow

    quiet_tensorflow()
    from glioscope.training.export.bundle import export_bundle

    difference, half = export_bundle(
        run,
        cross_validation,
        data,
        output,
        name,
        version,
        ensemble=ensemble,
        eight_bits=eight_bits,
    )
    stored = "half" if half else "full"
    typer.echo(f"{output.name}: parity with Keras {difference:.1e}, weights in {stored} precision")
    if with_monai:
        from glioscope.training.export.monai.folder import write_monai

        write_monai(output, output.with_name(f"{output.name}-monai"))


def monai(
    output: Annotated[Path, typer.Option("-o", "--output", help="New folder to write.")],
    model: options.ModelFolder = None,
) -> None:
    """Write the model as a MONAI bundle, which runs without glioscope. Not a medical device."""
    check_folder(output)
    from glioscope.model.bundle import shipped_model
    from glioscope.training.export.monai.folder import write_monai

    write_monai(model or Settings.from_environment().model or shipped_model(), output)
