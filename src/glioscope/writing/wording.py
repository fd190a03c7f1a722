"""Every sentence that people read in reports, in one place per language.

The texts stand in `glioscope.texts`; here is how reports write numbers, dates and measures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from glioscope.errors import UsageError
from glioscope.texts.catalogue import LANGUAGES, Language, fill, number, probability, sentences
from glioscope.texts.message import Message

# U+00A0: a number and its unit stay on one line.
NBSP = "\u00a0"


def font_path(bold: bool = False) -> str:
    """The packaged DejaVu Sans, cut to Latin, Cyrillic and the signs of the texts."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return str(files("glioscope.writing") / "fonts" / name)


@dataclass(frozen=True)
class Wording:
    """The texts of one language and its way to write numbers."""

    lang: Language
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its `{placeholders}` filled.

        Raises:
            KeyError: no such key, or a placeholder without value: a fault of the caller.
        """
        return fill(key, values, self.lang)

    def say(self, said: Message) -> str:
        """A message in this language."""
        return said.in_language(self.lang)

    def number(self, value: float, digits: int = 0) -> str:
        """A rounded number with a true minus sign; Russian has a decimal comma."""
        return number(f"{value:.{digits}f}", self.lang)

    def probability(self, value: float | None) -> str:
        """Three digits; never a 0 or 1 that the value is not. A dash where there is none."""
        return "–" if value is None else probability(value, self.lang)

    def percent(self, value: float) -> str:
        """A change in whole percent with its sign; no change has none."""
        whole = round(value)
        return f"{'+' if whole > 0 else ''}{self.number(whole)}{NBSP}%"

    def range(self, value: float, ends: tuple[float, float], digits: int = 0) -> str:
        """Both ends of an interval given as multiples of `value`."""
        return span(*(self.number(value * end, digits) for end in ends))

    def day(self, year: int, month: int, day: int) -> str:
        """A day, as the language writes it."""
        if self.lang == "ru":
            return f"{day:02d}.{month:02d}.{year:04d}"
        return f"{year:04d}-{month:02d}-{day:02d}"

    def measure(self, value: float, unit: str, digits: int = 0) -> str:
        """A number with its unit, named by its key without `unit.`, on one line."""
        return f"{self.number(value, digits)}{NBSP}{self(f'unit.{unit}')}"


def span(low: str, high: str) -> str:
    """From the one to the other; equal ends are one figure."""
    return low if low == high else f"{low}–{high}"


@cache
def wording(lang: str) -> Wording:
    """The texts of `ru` or `en`.

    Raises:
        UsageError: another language.
    """
    for known in LANGUAGES:
        if lang == known:
            return Wording(known, sentences(known))
    raise UsageError("writing.language", lang=lang)
