"""Figures with their intervals, and the scores they make up."""

from dataclasses import dataclass

from glioscope.evaluation.scores.patient import Patient, Slices

# Group of the standard deviations over draws.
SPREAD = "spread=sd"


@dataclass(frozen=True)
class Figure:
    """A value, its 95 % interval where it has one, and how many `n` it rests on.

    `value` is None where the data cannot say, and may be infinite for distances. `group` is empty
    overall, else as ``site=CS``.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    group: str = ""

    @property
    def key(self) -> str:
        """Name and group: ``recall`` or ``recall/site=CS``."""
        return f"{self.name}/{self.group}" if self.group else self.name


@dataclass(frozen=True)
class Scores:
    """Figures in a fixed order, and the slices and patients they come from.

    `draws` is 0 where whole patients were scored; else `patients` is empty and `slices` holds all
    draws. `resamples` is 0 where intervals are spreads over draws.
    """

    figures: tuple[Figure, ...]
    slices: Slices
    patients: tuple[Patient, ...]
    seed: int
    resamples: int
    draws: int = 0

    def figure(self, key: str) -> Figure:
        """The figure of a key.

        Raises:
            KeyError: there is none.
        """
        return next((f for f in self.figures if f.key == key), None) or _no_figure(key)

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups in their order, without the empty one."""
        return tuple(dict.fromkeys(f.group for f in self.figures if f.group))


def _no_figure(key: str) -> Figure:
    raise KeyError(key)
