"""Every sentence that people read in reports, in one place per language.

The texts stand in `glioscope.texts`; here is how reports write numbers, dates and measures.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from glioscope.errors import UsageError
from glioscope.texts.catalogue import LANGUAGES, Language, fill, number, sentences
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
    phrases: tuple[tuple[re.Pattern[str], str], ...]

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its `{placeholders}` filled.

        Raises:
            KeyError: no such key, or a placeholder without value: a fault of the caller.
        """
        return fill(key, values, self.lang)

    def say(self, said: Message | str) -> str:
        """A message in this language; a sentence not yet coded is sought among the phrases."""
        return self.phrase(said) if isinstance(said, str) else said.in_language(self.lang)

    def phrase(self, sentence: str) -> str:
        """A warning or reason in this language, or unchanged when no pattern knows it.

        What a pattern leaves open is looked up in turn: a reason may name a class.
        """
        for pattern, text in self.phrases:
            if match := pattern.fullmatch(sentence):
                parts = {f"\\{n}": p for n, p in enumerate(match.groups(), start=1)}
                return self._decimals(self._filled(text, parts))
        return sentence

    def _filled(self, text: str, parts: dict[str, str | None]) -> str:
        for place, part in parts.items():
            text = text.replace(place, self.phrase(part or ""))
        return text

    def _decimals(self, text: str) -> str:
        """Numbers that stand alone with the decimal comma of Russian; file names stay."""
        return _DECIMAL.sub(r"\1,\2", text) if self.lang == "ru" else text

    def number(self, value: float, digits: int = 0) -> str:
        """A rounded number with a true minus sign; Russian has a decimal comma."""
        return number(f"{value:.{digits}f}", self.lang)

    def probability(self, value: float) -> str:
        """Three digits; never a 0 or 1 that the value is not."""
        if 0 < value < 0.0005:
            return "< " + self.number(0.001, 3)
        if 0.9995 <= value < 1:
            return "> " + self.number(0.999, 3)
        return self.number(value, 3)

    def percent(self, value: float) -> str:
        """A change in whole percent with its sign; no change has none."""
        whole = round(value)
        return f"{'+' if whole > 0 else ''}{self.number(whole)}{NBSP}%"

    def range(self, value: float, ends: tuple[float, float], digits: int = 0) -> str:
        """Both ends of an interval given as multiples of `value`."""
        low, high = (self.number(value * end, digits) for end in ends)
        return f"{low}–{high}"

    def day(self, year: int, month: int, day: int) -> str:
        """A day, as the language writes it."""
        if self.lang == "ru":
            return f"{day:02d}.{month:02d}.{year:04d}"
        return f"{year:04d}-{month:02d}-{day:02d}"

    def measure(self, value: float, unit: str, digits: int = 0) -> str:
        """A number with its unit, named by its key without `unit.`, on one line."""
        return f"{self.number(value, digits)}{NBSP}{self(f'unit.{unit}')}"


_DECIMAL = re.compile(r"(?<![\w.])(\d+)\.(\d+)(?![\w.])")


@cache
def wording(lang: str) -> Wording:
    """The texts of `ru` or `en`.

    Raises:
        UsageError: another language.
    """
    for known in LANGUAGES:
        if lang == known:
            return Wording(known, sentences(known), _phrases() if known == "ru" else ())
    raise UsageError("writing.language", lang=lang)


def _phrases() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What is not coded yet: goes when every room is."""
    path = files("glioscope.writing") / "phrases_ru.json"
    listed = json.loads(path.read_text(encoding="utf-8"))
    return tuple((re.compile(p["pattern"]), p["text"]) for p in listed)
