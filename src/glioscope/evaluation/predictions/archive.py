"""`predictions.npz`: predictions of many patients in one small file that a repository can hold.

Schema ``glioscope.predictions/1``, a compressed npz of a header and arrays:

- ``header``: UTF-8 JSON as bytes: schema, ``kind`` (``cases`` or ``slices``), ``meta``, and per
  entry its name, model, shape (slices, rows, columns) and slice names;
- ``probability``: float64 of all slices, entry after entry;
- ``called``: bits of all slices;
- ``mask``: bits of all masks, each entry filled up to a whole byte;
- ``listed``: bits of all slices, where every entry says which slices are possible misses;
- ``classes``: a byte for each pixel of all masks, its class, where every entry has class names.

It holds no picture. Masks of 90 patients take about 0.2 MB.
"""

import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from jaxtyping import UInt8

from glioscope.errors import InputError, UnreadableFile, UsageError
from glioscope.evaluation.predictions.types import CasePrediction, DrawPrediction, Prediction
from glioscope.files import atomic_path

SCHEMA = "glioscope.predictions/1"
ARCHIVE = "predictions.npz"
# The studies as they are, answered by the network in 8 bits.
IN_EIGHT_BITS = "eight-bits"
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, TypeError),
    msgspec.MsgspecError,
)


def variant_name(variant: str) -> str:
    """File of predictions of the same studies, changed (`evaluation.variants.changes`).

    Or of the studies as they are, answered by another network (`IN_EIGHT_BITS`).
    """
    return f"predictions-{variant}.npz"


@dataclass(frozen=True)
class Archive:
    """Either `cases` or `draws`, and what the writer said of them in `meta`."""

    cases: tuple[CasePrediction, ...] = ()
    draws: tuple[DrawPrediction, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def protocol(self) -> str:
        """How the data was split; empty when the writer did not say."""
        return str(self.meta.get("protocol", ""))

    @property
    def leaky(self) -> bool:
        """Whether patients stood on both sides of the split, as the writer or the name says."""
        return bool(self.meta.get("leaky")) or "leaky" in self.protocol


class _Entry(msgspec.Struct, omit_defaults=True):
    """What the header says of a study, or of a draw by its number."""

    model_name: str
    model_version: str
    shape: tuple[int, int, int]
    slice_names: tuple[str, ...]
    number: int | None = None
    study_id: str | None = None
    fold: int | None = None
    predicted_dice: float | None = None
    flagged: bool | None = None
    class_names: tuple[str, ...] | None = None


class _Header(msgspec.Struct):
    schema: str
    kind: Literal["cases", "slices"]
    meta: dict[str, Any]
    entries: list[_Entry]


def write_archive(
    path: Path,
    predictions: Sequence[CasePrediction] | Sequence[DrawPrediction],
    meta: Mapping[str, Any],
) -> None:
    """Write whole studies or draws; `meta` is free JSON (protocol, leaky, config, seed, machine).

    Raises:
        UsageError: no prediction, or studies and draws mixed.
        InputError: a study or a draw stands twice.
    """
    kinds = {isinstance(p, DrawPrediction) for p in predictions}
    if len(kinds) != 1:
        raise UsageError("evaluation.mixed_archive", where=path.name)
    require_distinct(predictions)
    kind = "slices" if kinds.pop() else "cases"
    header = _Header(SCHEMA, kind, dict(meta), [_entry(p) for p in predictions])
    # msgspec would write NaN as null; json refuses it.
    text = json.dumps(msgspec.to_builtins(header), ensure_ascii=False, allow_nan=False)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            allow_pickle=False,
            header=np.frombuffer(text.encode(), np.uint8),
            probability=np.concatenate([p.probability for p in predictions]),
            called=np.packbits(np.concatenate([p.called for p in predictions])),
            mask=np.concatenate([np.packbits(p.mask) for p in predictions]),
            **_listed(predictions),
            **_classes(predictions),
        )


def _listed(predictions: Sequence[Prediction]) -> dict[str, UInt8[np.ndarray, " b"]]:
    """The array of possible misses; left out unless every study has its own."""
    parts = [p.listed for p in predictions if isinstance(p, CasePrediction)]
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(predictions):
        return {}
    return {"listed": np.packbits(np.concatenate(known))}


def _classes(predictions: Sequence[Prediction]) -> dict[str, UInt8[np.ndarray, " b"]]:
    """The array of classes; left out unless every study has its own."""
    known = [
        p.classes[p.mask]
        for p in predictions
        if isinstance(p, CasePrediction) and p.classes is not None
    ]
    return {"classes": np.concatenate(known)} if len(known) == len(predictions) else {}


def _entry(prediction: Prediction) -> _Entry:
    told: dict[str, Any] = {
        n: getattr(prediction, n, None) for n in _Entry.__struct_fields__ if n != "shape"
    }
    told["class_names"] = told["class_names"] or None
    return _Entry(shape=prediction.mask.shape, **told)


def read_archive(path: Path) -> Archive:
    """Read what `write_archive` wrote, bit for bit.

    Raises:
        UnreadableFile: not there, damaged or truncated.
        InputError: another schema, or a prediction that contradicts itself.
    """
    where = path.name
    try:
        # numpy leaves the file open when it finds no archive in it.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            header = _header(stored["header"].tobytes(), where)
            parts = list(_parts(header.entries, stored))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile("evaluation.archive_unreadable", where=where, reason=reason) from error
    except _DAMAGE as error:
        reason = type(error).__name__
        raise UnreadableFile("evaluation.archive_damaged", where=where, reason=reason) from error
    draws = header.kind == "slices"
    pairs = list(zip(header.entries, parts, strict=True))
    archive = Archive(
        cases=() if draws else tuple(_case(entry, arrays) for entry, arrays in pairs),
        draws=tuple(_draw(entry, arrays) for entry, arrays in pairs) if draws else (),
        meta=header.meta,
    )
    require_distinct(archive.draws or archive.cases)
    return archive


def _header(text: bytes, where: str) -> _Header:
    document = msgspec.json.decode(text)
    if document["schema"] != SCHEMA:
        got = str(document["schema"])
        raise InputError("evaluation.archive_schema", where=where, expected=SCHEMA, got=got)
    return msgspec.convert(document, _Header)


def _case(entry: _Entry, arrays: dict[str, Any]) -> CasePrediction:
    return CasePrediction(
        study_id=entry.study_id or "",
        fold=entry.fold,
        predicted_dice=entry.predicted_dice,
        flagged=entry.flagged,
        class_names=(entry.class_names or ()) if "classes" in arrays else (),
        **_named(entry),
        **arrays,
    )


def _draw(entry: _Entry, arrays: dict[str, Any]) -> DrawPrediction:
    arrays = {name: array for name, array in arrays.items() if name != "listed"}
    return DrawPrediction(number=entry.number or 0, **_named(entry), **arrays)


def _named(entry: _Entry) -> dict[str, Any]:
    return {n: getattr(entry, n) for n in ("slice_names", "model_name", "model_version")}


def _parts(entries: list[_Entry], stored: Any) -> Iterator[dict[str, Any]]:
    """The arrays of each prediction; `stored` holds those of the file."""
    probability, packed = stored["probability"], stored["mask"]
    flags = {
        name: np.unpackbits(stored[name], count=len(probability)).astype(bool)
        for name in ("called", "listed")
        if name in stored
    }
    classes = stored.get("classes")
    first = byte = pixel = 0
    for entry in entries:
        slices, rows, columns = entry.shape
        here = slice(first, first + slices)
        size = -(-slices * rows * columns // 8)
        mask = _unpack(packed[byte : byte + size], entry.shape)
        told = {name: values[here] for name, values in flags.items()}
        if classes is not None:
            told["classes"] = np.zeros(mask.shape, np.uint8)
            inside = classes[pixel : pixel + np.count_nonzero(mask)]
            told["classes"][mask] = inside
            pixel += len(inside)
        yield {"probability": probability[here], "mask": mask, **told}
        first, byte = first + slices, byte + size


def _unpack(packed: UInt8[np.ndarray, " b"], shape: tuple[int, int, int]) -> np.ndarray:
    bits = np.unpackbits(packed, count=shape[0] * shape[1] * shape[2])
    return bits.reshape(shape).astype(bool)


def require_distinct(predictions: Sequence[Prediction]) -> None:
    """Refuse a study or a draw that stands twice: it would count twice.

    Raises:
        InputError: one does; names it.
    """
    twice = [label for label, n in Counter(p.label for p in predictions).items() if n > 1]
    if twice:
        raise InputError("evaluation.stands_twice", what=min(twice, key=str))
