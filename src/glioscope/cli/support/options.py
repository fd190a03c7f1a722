"""Options that several commands share, so that each is named and explained alike."""

from pathlib import Path
from typing import Annotated

import typer

OutputFolder = Annotated[
    Path, typer.Option("--output", "-o", help="Results go to a folder per study in here.")
]
# An argument alone: `inspect` needs one and `analyze` does not.
INPUTS = typer.Argument(
    metavar="INPUT",
    help="DICOM folders, ZIPs, DICOMDIRs, FLAIR NIfTI files, LGG cases, TIFF, PNG slices.",
)
Charset = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Code page of DICOM text that declares none, as cp1251 for Cyrillic.",
        show_default="GLIOSCOPE_CHARSET, else Latin-1",
    ),
]
SHIPPED = "GLIOSCOPE_MODEL, else the shipped one"
ModelFolder = Annotated[Path | None, typer.Option(help="Model folder.", show_default=SHIPPED)]
Threads = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        help="Slices that the network answers at once; 0 takes one per core, at most eight.",
        show_default="GLIOSCOPE_THREADS, else 0",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Head of the Ray cluster.",
        show_default="RAY_ADDRESS, else the one that runs here",
    ),
]
Lang = Annotated[
    str | None,
    typer.Option(
        metavar="ru|en",
        help="Language of the report, the table and the messages.",
        show_default="GLIOSCOPE_LANG, else the locale's",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on stderr.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Timings and causes.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace older results.")]
