"""Counts, agreement and drift over time, as a document and as a sheet; nobody is named in them."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field, TypeAdapter

from glioscope.errors import ModelError
from glioscope.model.bundle import REFERENCE, shipped_model
from glioscope.model.reference import TrainingAppearance
from glioscope.reviews.monitoring.overview import Overview, overview
from glioscope.reviews.monitoring.periods import MOST, Length, Span
from glioscope.reviews.monitoring.report import lines, report
from glioscope.reviews.monitoring.sheet import sheet
from glioscope.reviews.sight import limits
from glioscope.server.access.guard import Reader, Viewer, note
from glioscope.server.context import Here, Lang
from glioscope.server.problems import Problem
from glioscope.settings import Settings

router = APIRouter(tags=["monitoring"])

_Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2100, 1, 1))]


def _overview(
    here: Here,
    who: Viewer,
    first: Annotated[_Day | None, Query(alias="from")] = None,
    last: Annotated[_Day | None, Query(alias="to")] = None,
    period: Length | None = None,
    zone: Annotated[str, Query(max_length=64)] = "UTC",
) -> Overview:
    """What was received in the periods that hold a day from `from` to `to`."""
    if zone not in available_timezones() | {"UTC"}:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.no_zone")
    with here.reads.connect() as connection, _no_such_range():
        return overview(
            connection,
            first=first,
            last=last,
            length=period,
            zone=ZoneInfo(zone),
            reference=_reference(),
            hidden=limits(connection, who.name),
        )


@contextmanager
def _no_such_range() -> Generator[None, None, None]:
    try:
        yield
    except ValueError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.no_range", most=MOST) from error


Watched = Annotated[Overview, Depends(_overview)]


def _reference() -> TrainingAppearance | None:
    """What the model in use learned from; None where it does not say."""
    return _read(Settings.from_environment().model or shipped_model())


@cache
def _read(model: Path) -> TrainingAppearance | None:
    try:
        return TrainingAppearance.load(model / REFERENCE)
    except ModelError:
        return None


@router.get("/monitoring")
def get_monitoring(who: Viewer, found: Watched) -> Overview:
    """Counts, charts with control limits, and drift. Times and periods are by when studies came."""
    del who
    return found


@router.get("/monitoring.json", response_class=Response)
def export_monitoring(who: Reader, found: Watched, here: Here) -> Response:
    """The same as a file."""
    note(here, who, "export", "monitoring.json")
    content = TypeAdapter(Overview).dump_json(found, indent=2)
    return Response(content, media_type="application/json", headers=_saved(found, "json"))


@router.get("/monitoring.csv", response_class=Response)
def export_counts(who: Reader, found: Watched, here: Here) -> Response:
    """Counts by period and version as a sheet, for reports to an authority."""
    note(here, who, "export", "monitoring.csv")
    # Spreadsheets know UTF-8 by its mark.
    content = sheet(found).encode("utf-8-sig")
    return Response(content, media_type="text/csv", headers=_saved(found, "csv"))


@router.get("/monitoring-4472.csv", response_class=Response)
def export_report(
    who: Reader,
    here: Here,
    lang: Lang,
    found: Watched,
) -> Response:
    """Versions, studies, results and errors by period, in the shape of order 4472."""
    note(here, who, "export", "monitoring-4472.csv")
    span = Span(found.periods[0].first, found.periods[-1].last)
    with here.reads.connect() as connection:
        hidden = limits(connection, who.name)
        told = lines(connection, span, found.length, ZoneInfo(found.zone), hidden)
    content = report(told, lang).encode("utf-8-sig")
    return Response(content, media_type="text/csv", headers=_saved(found, "csv", "monitoring-4472"))


def _saved(found: Overview, suffix: str, name: str = "monitoring") -> dict[str, str]:
    days = f"{found.periods[0].first}_{found.periods[-1].last}"
    return {"Content-Disposition": f'attachment; filename="{name}_{days}.{suffix}"'}
