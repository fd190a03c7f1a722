"""`glioscope anonymize`: MR instances without their patient."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from glioscope.cli.support.console import Notices

_FACE = "a face can be rebuilt from a head MRI: remove the skull too before you publish"


def anonymize(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="DICOM folder, ZIP or DICOMDIR.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for the copies.")],
    key: Annotated[
        str | None,
        typer.Option(help="Equal keys give equal names, UIDs and dates; keep it secret."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only errors on stderr.")] = False,
) -> None:
    """Copy MR studies without names, identifiers, original dates, descriptions and private tags."""
    from glioscope.writing.dicom.deidentify import anonymize as write

    notices = Notices(quiet, False)
    done = write(study, out, key or secrets.token_hex(16))
    for reason, count in sorted(done.left_out.items()):
        notices.warning(f"{count} files left out: {reason}")
    if done.unsure:
        notices.warning(
            f"{done.unsure} instances do not say whether text is burnt in: look at their pictures"
        )
    if key is None:
        notices.warning("no --key was given: another run gives other names, UIDs and dates")
    notices.warning(_FACE)
    print(f"{done.instances} instances of {done.studies} studies in {out}")
