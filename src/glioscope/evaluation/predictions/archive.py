"""`predictions.npz`: predictions of many patients in one small file that a repository can hold.

Schema ``glioscope.predictions/1``, a compressed npz of a header and arrays:

- ``header``: UTF-8 JSON as bytes: schema, ``kind`` (``cases`` or ``slices``), ``meta``, and per
  entry its name, model, shape (slices, rows, columns) and slice names;
- ``probability``: float64 of all slices, entry after entry;
- ``called``: bits of all slices;
- ``mask``: bits of all masks, each entry filled up to a whole byte;
- ``listed``: bits of all slices, where every entry says which slices are possible misses.

It holds no picture. Masks of 90 patients take about 0.2 MB.
"""

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from glioscope.errors import InputError, UnreadableFile, UsageError
from glioscope.evaluation.predictions.types import CasePrediction, DrawPrediction, Prediction
from glioscope.files import atomic_path

SCHEMA = "glioscope.predictions/1"
ARCHIVE = "predictions.npz"
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, TypeError)


def variant_name(variant: str) -> str:
    """File of predictions of the same studies, changed (`evaluation.variants.changes`)."""
    return f"predictions-{variant}.npz"


@dataclass(frozen=True)
class Archive:
    """Either `cases` or `draws`, and what the writer said of them in `meta`."""

    cases: tuple[CasePrediction, ...] = ()
    draws: tuple[DrawPrediction, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def protocol(self) -> str:
        """How the data was split; empty when the writer did not say."""
        return str(self.meta.get("protocol", ""))

    @property
    def leaky(self) -> bool:
        """Whether patients stood on both sides of the split, as the writer or the name says."""
        return bool(self.meta.get("leaky")) or "leaky" in self.protocol


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
        raise UsageError(f"{path.name} holds one or more studies, or one or more draws, not both")
    require_distinct(predictions)
    header = {
        "schema": SCHEMA,
        "kind": "slices" if kinds.pop() else "cases",
        "meta": dict(meta),
        "entries": [_entry(p) for p in predictions],
    }
    text = json.dumps(header, ensure_ascii=False, allow_nan=False)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            allow_pickle=False,
            header=np.frombuffer(text.encode(), np.uint8),
            probability=np.concatenate([p.probability for p in predictions]),
            called=np.packbits(np.concatenate([p.called for p in predictions])),
            mask=np.concatenate([np.packbits(p.mask) for p in predictions]),
            **_listed(predictions),
        )


def _listed(predictions: Sequence[Prediction]) -> dict[str, UInt8[np.ndarray, " b"]]:
    """The array of possible misses; left out unless every study has its own."""
    parts = [p.listed for p in predictions if isinstance(p, CasePrediction)]
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(predictions):
        return {}
    return {"listed": np.packbits(np.concatenate(known))}


def _entry(prediction: Prediction) -> dict[str, Any]:
    if isinstance(prediction, DrawPrediction):
        named: dict[str, Any] = {"number": prediction.number}
    else:
        named = {
            "study_id": prediction.study_id,
            "fold": prediction.fold,
            "predicted_dice": prediction.predicted_dice,
            "flagged": prediction.flagged,
        }
    return {
        **named,
        "model_name": prediction.model_name,
        "model_version": prediction.model_version,
        "shape": list(prediction.mask.shape),
        "slice_names": list(prediction.slice_names),
    }


def read_archive(path: Path) -> Archive:
    """Read what `write_archive` wrote, bit for bit.

    Raises:
        UnreadableFile: not there, damaged or truncated.
        InputError: another schema, or a prediction that contradicts itself.
    """
    try:
        # numpy leaves the file open when it finds no archive in it.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            header = json.loads(stored["header"].tobytes().decode())
            if header["schema"] != SCHEMA:
                raise InputError(
                    f"{path.name}: expected schema {SCHEMA}, got {header['schema']}; "
                    "update glioscope"
                )
            entries = list(_entries(header["entries"], stored))
            draws = header["kind"] == "slices"
            meta = dict(header["meta"])
    except OSError as error:
        raise UnreadableFile(
            f"{path.name} cannot be read: {error.strerror or 'damaged'}"
        ) from error
    except _DAMAGE as error:
        raise UnreadableFile(
            f"{path.name} is not a whole archive of predictions ({type(error).__name__}); "
            "copy it again or predict again"
        ) from error
    predictions = [DrawPrediction(**e) if draws else CasePrediction(**e) for e in entries]
    require_distinct(predictions)
    return Archive(
        cases=tuple(p for p in predictions if isinstance(p, CasePrediction)),
        draws=tuple(p for p in predictions if isinstance(p, DrawPrediction)),
        meta=meta,
    )


def _entries(headers: list[dict[str, Any]], stored: Any) -> Iterator[dict[str, Any]]:
    """The arguments of each prediction; `stored` holds the arrays of the file."""
    probability, packed = stored["probability"], stored["mask"]
    called = np.unpackbits(stored["called"], count=len(probability)).astype(bool)
    listed = None
    if "listed" in stored:
        listed = np.unpackbits(stored["listed"], count=len(probability)).astype(bool)
    first = byte = 0
    for entry in headers:
        slices, rows, columns = entry["shape"]
        here = slice(first, first + slices)
        size = -(-slices * rows * columns // 8)
        yield {
            **{k: v for k, v in entry.items() if k != "shape"},
            "slice_names": tuple(entry["slice_names"]),
            "probability": probability[here],
            "called": called[here],
            "mask": _unpack(packed[byte : byte + size], (slices, rows, columns)),
            **({} if listed is None else {"listed": listed[here]}),
        }
        first, byte = first + slices, byte + size


def _unpack(packed: UInt8[np.ndarray, " b"], shape: tuple[int, int, int]) -> np.ndarray:
    bits = np.unpackbits(packed, count=shape[0] * shape[1] * shape[2])
    return bits.reshape(shape).astype(bool)


def require_distinct(predictions: Sequence[Prediction]) -> None:
    """Refuse a study or a draw that stands twice: it would count twice.

    Raises:
        InputError: one does; names it.
    """
    labels = [p.label for p in predictions]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise InputError(f"{twice[0]} stands twice in the predictions; keep one of each")
