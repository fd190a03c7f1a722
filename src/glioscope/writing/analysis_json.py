"""`analysis.json`: the result for programs, in the schema of DESIGN.md."""

import json
from pathlib import Path
from typing import Any, NoReturn, get_args

from glioscope.analysis import SCHEMA, Analysis, Decision
from glioscope.errors import InputError, UnreadableFile
from glioscope.files import atomic_json

_NUMBER = (int, float)
_DECISIONS = get_args(Decision)

# What every reader may rely on; more keys may stand beside these.
_DOCUMENT = {
    "study_id": str,
    "decision": str,
    "probability": _NUMBER,
    "volume_ml": (*_NUMBER, type(None)),
    "product_px2": _NUMBER,
    "product_mm2": (*_NUMBER, type(None)),
    "model": dict,
    "slices": list,
    "findings": list,
    "possible_misses": list,
    "warnings": list,
    "timings_s": dict,
}
_MODEL = {"name": str, "version": str, "sha256": str}
_SLICE = {
    "index": int,
    "name": str,
    "probability": _NUMBER,
    "decision": str,
    "area_px": int,
    "area_mm2": (*_NUMBER, type(None)),
    "box_px": (list, type(None)),
}
_FINDING = {
    "voxels": int,
    "volume_ml": (*_NUMBER, type(None)),
    "first_slice": int,
    "last_slice": int,
    "diameter_px": _NUMBER,
    "perpendicular_px": _NUMBER,
    "diameter_mm": (*_NUMBER, type(None)),
    "perpendicular_mm": (*_NUMBER, type(None)),
    "intervals": (dict, type(None)),
}
_MISS = {
    "index": int,
    "name": str,
    "probability": _NUMBER,
    "reason": str,
    "risk": _NUMBER,
    "box_px": (list, type(None)),
}


def write_analysis_json(analysis: Analysis, path: Path) -> None:
    """Write `analysis.json`.

    Raises:
        ValueError: a figure is NaN or infinite.
    """
    atomic_json(path, analysis.to_dict())


def read_analysis_json(path: Path) -> dict[str, Any]:
    """Read `analysis.json` as plain values, checked.

    Raises:
        UnreadableFile: not there, or not JSON.
        InputError: JSON, but not a sound document of this schema; says where.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise UnreadableFile(
            "writing.json_unreadable", file=path.name, why=error.strerror
        ) from error
    except ValueError as error:
        raise UnreadableFile("writing.json_broken", file=path.name, why=str(error)) from error
    _check(document, path.name)
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


def _check(document: Any, where: str) -> None:
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise InputError("writing.json_schema", where=where, expected=SCHEMA, schema=schema)
    _check_fields(document, _DOCUMENT, where)
    _check_fields(document["model"], _MODEL, f"{where}: model")
    for number, entry in enumerate(document["slices"]):
        _check_fields(entry, _SLICE, f"{where}: slices[{number}]")
        if entry["index"] != number:
            raise InputError("writing.json_order", where=where, number=number, index=entry["index"])
    for number, entry in enumerate(document["findings"]):
        _check_fields(entry, _FINDING, f"{where}: findings[{number}]")
    for number, entry in enumerate(document["possible_misses"]):
        _check_fields(entry, _MISS, f"{where}: possible_misses[{number}]")


def _check_fields(entry: Any, fields: dict[str, Any], where: str) -> None:
    if not isinstance(entry, dict):
        raise InputError("writing.json_object", where=where, kind=type(entry).__name__)
    for name, kind in fields.items():
        if name not in entry:
            raise InputError("writing.json_missing", where=where, name=name)
        value = entry[name]
        # To Python, true is an integer; to this schema it is not.
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError("writing.json_type", where=where, name=name, kind=type(value).__name__)
    if not 0 <= entry.get("probability", 0) <= 1:
        raise InputError("writing.json_probability", where=where, probability=entry["probability"])
    if entry.get("decision", "tumour") not in _DECISIONS:
        raise InputError("writing.json_decision", where=where, decision=entry["decision"])
