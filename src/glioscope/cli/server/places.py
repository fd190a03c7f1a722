"""Options that say where studies and results are kept, and how much one study may take."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from glioscope.jobs.worker import Limits
    from glioscope.server.serve import Place

Data = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder that keeps everything.",
        show_default="GLIOSCOPE_DATA, else the user's data folder",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="postgresql://USER@HOST/NAME for workers on several computers.",
        show_default="GLIOSCOPE_DATABASE, else SQLite in the folder",
    ),
]
Store = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Object store for studies and results, as s3://BUCKET/FOLDER.",
        show_default="GLIOSCOPE_STORE, else the folder",
    ),
]
StudySeconds = Annotated[
    float, typer.Option(metavar="S", min=1, help="An analysis that takes longer is stopped.")
]
StudyMemory = Annotated[
    float, typer.Option(metavar="GIB", min=0, help="Memory that one may use; 0 is no limit.")
]
STUDY_S, STUDY_GIB = 900.0, 8.0


def place_of(data: Path | None, database: str | None, store: str | None) -> "Place":
    """Where everything is, by options, else by settings, else the usual."""
    from platformdirs import user_data_path

    from glioscope.server.serve import Place
    from glioscope.settings import Settings

    settings = Settings.from_environment()
    return Place(
        data=data or settings.data or user_data_path("glioscope", appauthor=False),
        database=database or settings.database,
        store=store or settings.store,
    )


def limits_of(seconds: float, gib: float) -> "Limits":
    """The limits of one study."""
    from glioscope.jobs.worker import Limits

    return Limits(study_s=seconds, memory_bytes=round(gib * 2**30))
