"""What the studies that a model learned from look like, as `reference.json` of its bundle.

Two kinds of study are known: whole heads and brains without a skull. For each there is the mean and
spread of the figures of `glioscope.model.appearance`, and the mean head. `bench/quality.py` makes
the file; decision 0018 tells how the limits were chosen.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from jaxtyping import Float, Float32, Float64

from glioscope.errors import ModelError
from glioscope.model.appearance import BANDS, FIGURE_NAMES, POINTS, SPAN, Appearance
from glioscope.model.figures import pearson

SCHEMA = "glioscope.reference/1"

# Figures that are equal in all studies of a kind, as the air around a cut-out brain, may still
# differ by this much elsewhere.
_LEAST_SCALE = 0.05
# Share of the identity in the correlation matrix: 45 patients do not fix 120 correlations.
_SHRINKAGE = 0.2
# Levels of the mean head are stored in hundredths.
_STEP = 0.01


@dataclass(frozen=True)
class Limits:
    """From where on a study is warned of or refused; `glioscope.quality_gate` tells of what.

    `score` and `turned` are chosen by the data, the others follow the figures' ranges in it.
    """

    score_warned: float
    score_refused: float
    match_refused: float
    turned: float
    elongation_low: float
    elongation_high: float
    fluid_warned: float
    fluid_refused: float
    noise_warned: float
    noise_refused: float
    blur_warned: float
    ghost_warned: float
    highest_warned: float
    edge_warned: float
    edge_refused: float


@dataclass(frozen=True)
class Kind:
    """One kind of study: whole heads, or brains alone.

    Attributes:
        name: `head` or `brain`.
        means, scales: of the figures of FLAIR, in the order of `NAMES`.
        precision: inverse of their correlation matrix, shrunk.
        head: the mean head of FLAIR, made symmetric, as in `Likeness`.
    """

    name: str
    means: Float64[np.ndarray, " f"]
    scales: Float64[np.ndarray, " f"]
    precision: Float64[np.ndarray, "f f"]
    head: Float32[np.ndarray, "b n n"]

    def score(self, found: Appearance) -> float:
        """Mahalanobis distance of the figures over the root of their number; 1 is usual."""
        away = self.away(found)
        return float(np.sqrt(away @ self.precision @ away / len(away)))

    def away(self, found: Appearance) -> Float64[np.ndarray, " f"]:
        """Distance of each figure from its mean, in standard deviations."""
        return (found.figures - self.means) / self.scales

    def match(self, head: Float32[np.ndarray, "b n n"]) -> float:
        """Correlation with the mean head, in [-1, 1]."""
        return correlation(head, self.head)


@dataclass(frozen=True)
class TrainingAppearance:
    """The kinds of study a model knows, how many patients they are of, and the limits."""

    patients: int
    kinds: tuple[Kind, ...]
    limits: Limits

    def to_json(self) -> str:
        """The text of `reference.json`."""
        kinds = [
            {
                "name": kind.name,
                "means": _rounded(kind.means),
                "scales": _rounded(kind.scales),
                "precision": _rounded(kind.precision),
                "head": np.round(kind.head / _STEP).astype(int).ravel().tolist(),
            }
            for kind in self.kinds
        ]
        document = {
            "schema": SCHEMA,
            "patients": self.patients,
            "figures": list(FIGURE_NAMES),
            "limits": asdict(self.limits),
            "kinds": kinds,
        }
        return json.dumps(document) + "\n"

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read `reference.json`.

        Raises:
            ModelError: not such a file, or made for other figures.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError("model.reference", file=path.name, reason=str(error)) from error
        return cls.from_bytes(content, path.name)

    @classmethod
    def from_bytes(cls, content: bytes, where: str = "reference.json") -> Self:
        """Read the content of `reference.json`; errors as in `load`."""
        try:
            document: dict[str, Any] = json.loads(content.decode("utf-8"))
            if document["schema"] != SCHEMA or document["figures"] != list(FIGURE_NAMES):
                raise ValueError("other schema or figures")
            kinds = tuple(_kind(entry) for entry in document["kinds"])
            # Version 0.2 had two limits more, of a look at sequences that is no more.
            limits = {name: document["limits"][name] for name in Limits.__dataclass_fields__}
            return cls(int(document["patients"]), kinds, Limits(**limits))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError("model.reference", file=where, reason=str(error)) from error


def fit_kind(name: str, flair: list[Appearance]) -> Kind:
    """A kind from FLAIR of studies."""
    figures = np.array([found.figures for found in flair])
    means, scales = figures.mean(axis=0), np.maximum(figures.std(axis=0), _LEAST_SCALE)
    mean = np.mean([found.head for found in flair], axis=0)
    head = (mean + mean[:, :, ::-1]) / 2
    precision = np.linalg.inv(_shrunk((figures - means) / scales))
    return Kind(name, means, scales, precision, head.astype(np.float32))


def _shrunk(figures: Float64[np.ndarray, "p f"]) -> Float64[np.ndarray, "f f"]:
    spread = figures.T @ figures / len(figures)
    return (1 - _SHRINKAGE) * spread + _SHRINKAGE * np.eye(figures.shape[1])


def correlation(one: Float32[np.ndarray, "b n n"], other: Float32[np.ndarray, "b n n"]) -> float:
    """Pearson's, over the disk that holds the head; 0.0 where one is constant."""
    line = np.linspace(-SPAN, SPAN, POINTS)
    disk = np.hypot(line[:, None], line) <= SPAN
    return pearson(one[:, disk], other[:, disk])


def _kind(entry: dict[str, Any]) -> Kind:
    count = len(FIGURE_NAMES)
    arrays = {
        name: np.array(entry[name], np.float64).reshape(shape)
        for name, shape in (
            ("means", (count,)),
            ("scales", (count,)),
            ("precision", (count, count)),
        )
    }
    head = np.array(entry["head"], np.float32).reshape(BANDS, POINTS, POINTS) * np.float32(_STEP)
    return Kind(name=entry["name"], head=head, **arrays)


def _rounded(values: Float[np.ndarray, "..."]) -> Any:
    return np.round(values, 4).tolist()
