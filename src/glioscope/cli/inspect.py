"""`glioscope inspect`: what is in an input and what would be used, without analysing it."""

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glioscope.cli.batch.attempt import require_name
from glioscope.cli.batch.failures import code_of
from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.cli.support.letters import stdout_knows_all
from glioscope.cli.support.series_names import charset_in, series_in
from glioscope.errors import GlioscopeError, Unfit
from glioscope.settings import Settings
from glioscope.texts.message import Message, message

if TYPE_CHECKING:
    from glioscope.analysis_parts import InputQuality
    from glioscope.model.bundle import Model
    from glioscope.reading.inputs import StudyInput


def inspect(
    inputs: Annotated[list[Path], options.INPUTS],
    flair: Annotated[
        str | None,
        typer.Option(metavar="SERIES", help="FLAIR: number or UID of a DICOM series."),
    ] = None,
    t1: Annotated[
        str | None, typer.Option(metavar="SERIES", help="T1 before contrast, in the same way.")
    ] = None,
    t1gd: Annotated[
        str | None, typer.Option(metavar="SERIES", help="T1 after contrast, in the same way.")
    ] = None,
    charset: options.Charset = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read the pixels too: is the study fit for the model?")
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Model that --check asks.", show_default=options.SHIPPED
        ),
    ] = None,
    lang: options.Lang = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON line per study.")] = False,
) -> None:
    """Show series, what each is and why, their geometry, and what would be analysed."""
    from glioscope.cli.support.inspected import print_study
    from glioscope.reading.inputs import find_inputs
    from glioscope.writing.wording import wording

    settings = Settings.from_environment()
    words = wording(language_in(lang, settings))
    named = series_in({"FLAIR": flair, "T1": t1, "T1GD": t1gd})
    pages = charset_in(charset, settings)
    asked = _model(model) if check else None
    studies = [_document(found, asked) for found in find_inputs(inputs, None, named, pages)]
    for document in studies:
        if json:
            print(_json(document))
        else:
            print_study(document, words)
    _leave(studies)


def _json(document: dict[str, Any]) -> str:
    """One line for programs, its sentences in English."""
    return json_format.dumps(
        document, ensure_ascii=not stdout_knows_all(), allow_nan=False, default=_english
    )


def _english(value: object) -> str:
    if isinstance(value, Message):
        return str(value)
    raise TypeError(f"no value of JSON: {type(value).__name__}")


def _model(folder: Path | None) -> "Model":
    from glioscope.model.bundle import load_model

    return load_model(folder)


def _document(found: "StudyInput", model: "Model | None") -> dict[str, Any]:
    """What is known of one study; a fault that stops it stands under `error`.

    Plain values, and messages for what people read.
    """
    document = {"study_id": found.study_id, "kind": found.kind, "research_use_only": True}
    try:
        document |= _described(found)
        require_name(found.study_id)
        if model is not None and "error" not in document:
            document |= _checked(found, model)
    except GlioscopeError as error:
        document |= {"error": error.message, "exit_code": error.exit_code}
    return document


def _checked(found: "StudyInput", model: "Model") -> dict[str, Any]:
    """The verdict of the quality gate; None where the model brings no picture of its data."""
    from glioscope.pipeline import quality

    verdict = quality(found.read(), model)
    refused = verdict is not None and verdict.verdict == "refused"
    unfit = {"exit_code": Unfit.exit_code, "error": message("reading.unfit")}
    return {"quality": _quality(verdict) if verdict else None, **(unfit if refused else {})}


def _quality(verdict: "InputQuality") -> dict[str, Any]:
    """As in `analysis.json`, but with messages, which are said in the reader's language."""
    faults = [{**fault.to_dict(), "text": fault.message} for fault in verdict.faults]
    return {**vars(verdict), "faults": faults}


def _described(found: "StudyInput") -> dict[str, Any]:
    if found.dicom is None:
        return _plain(found)
    from glioscope.reading.dicom.describe import describe

    return describe(found.dicom, found.series)


def _plain(found: "StudyInput") -> dict[str, Any]:
    """A study that carries no DICOM headers: it is read, which is quick."""
    from glioscope.orientation import picture_axes

    study = found.read()
    between, row, column = picture_axes(study.grid).axes
    return {
        "sequences": [sequence.value for sequence in study.images],
        "shape": list(study.grid.shape),
        "picture_axes": [row, column, between],
        "spacing_mm": None if study.grid.nominal else list(study.grid.spacing_mm),
        "warnings": list(study.warnings),
    }


def _leave(studies: list[dict[str, Any]]) -> None:
    """Leave with the exit code that `analyze` would end with."""
    codes = [document["exit_code"] for document in studies if "exit_code" in document]
    if code := code_of(codes, len(studies)):
        raise typer.Exit(code)
