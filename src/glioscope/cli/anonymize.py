"""`glioscope anonymize`: MR instances without their patient."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from glioscope.cli.support import options
from glioscope.cli.support.console import Notices
from glioscope.cli.support.output import check_folder
from glioscope.texts.message import message


def anonymize(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="DICOM folder, ZIP or DICOMDIR.")],
    out: Annotated[Path, typer.Option("--output", "-o", help="New folder for the copies.")],
    key: Annotated[
        str | None,
        typer.Option(
            help="Equal keys give equal names, UIDs and dates; keep it secret.",
            show_default="another at each run",
        ),
    ] = None,
    quiet: options.Quiet = False,
) -> None:
    """Copy MR studies without names, identifiers, original dates, descriptions and private tags."""
    from glioscope.writing.dicom.deidentify import anonymize as write

    notices = Notices(quiet=quiet)
    check_folder(out)
    done = write(study, out, key or secrets.token_hex(16))
    for reason, count in sorted(done.left_out.items(), key=lambda item: str(item[0])):
        notices.warning(message("cli.left_out", count=count, reason=notices.say(reason)))
    if done.unsure:
        notices.warning(message("cli.unsure", count=done.unsure))
    if key is None:
        notices.warning(message("cli.no_key"))
    notices.warning(message("cli.face"))
    counts = {"instances": done.instances, "studies": done.studies}
    print(notices.say(message("cli.anonymized", folder=str(out), **counts)))
