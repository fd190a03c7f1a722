"""The sentences of each language by code, and how values are written into them.

`en/` and `ru/` hold one JSON file per room with the same codes. A sentence names its values in
braces, with Python's format specification where a number wants one: `{thick:.1f} mm`. A sequence
is named by its code and written as the field calls it: `{channel:sequence}`; a probability is never
written as a 0 or 1 that it is not: `{top:probability}`.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal, Protocol, cast, get_args, runtime_checkable

Language = Literal["en", "ru"]
# What a remedy on the command line is no use for: the same sentence for whoever sees it on a page.
ON_PAGE = ".on_page"
LANGUAGES: tuple[Language, ...] = get_args(Language)


@runtime_checkable
class Sayable(Protocol):
    """What is written in the language of the sentence around it."""

    def in_language(self, lang: Language, *, on_page: bool = False) -> str:
        """Itself in that language, for a page where a page says it in its own way."""
        ...


@cache
def sentences(lang: Language) -> Mapping[str, str]:
    """Code to sentence, over all files of a language."""
    folder = files("glioscope.texts") / lang
    found: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".json"):
            found |= json.loads(file.read_text(encoding="utf-8"))
    return found


def fill(code: str, values: Mapping[str, object], lang: Language, *, on_page: bool = False) -> str:
    """The sentence of `code` with its values written as the language writes them.

    A number has a true minus sign, in Russian a decimal comma, and keeps its percent sign on its
    line; text is left as it is, and a code of a sequence becomes its name; a `Sayable` is said in
    the same language, and the items of a tuple are joined by semicolons. With `on_page` the
    sentence for a page is taken where there is one.

    Raises:
        KeyError: no such code, or a value is missing: a fault of the caller.
    """
    said = sentences(lang)
    own = f"{code}{ON_PAGE}"
    sentence = said[own] if on_page and own in said else said[code]
    return _Writer(lang, on_page).vformat(sentence, (), values)


def number(text: str, lang: Language) -> str:
    """A formatted number as the language writes it."""
    text = text.replace("-", "\N{MINUS SIGN}")
    return text.replace(".", ",") if lang == "ru" else text


def probability(value: float, lang: Language) -> str:
    """Three digits; never a 0 or 1 that the value is not."""
    if 0 < value < 0.0005:
        return f"<\N{NO-BREAK SPACE}{number('0.001', lang)}"
    if 0.9995 <= value < 1:
        return f">\N{NO-BREAK SPACE}{number('0.999', lang)}"
    return number(f"{value:.3f}", lang)


class _Writer(Formatter):
    def __init__(self, lang: Language, on_page: bool) -> None:
        self.lang: Language = lang
        self.on_page = on_page

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Sayable):
            return value.in_language(self.lang, on_page=self.on_page)
        if isinstance(value, tuple):
            items = cast("tuple[Any, ...]", value)
            return "; ".join(self.format_field(item, format_spec) for item in items)
        if format_spec == "sequence":
            return sentences(self.lang)[f"sequence.{value}"]
        if format_spec == "probability":
            return probability(value, self.lang)
        text = format(value, format_spec)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return text
        if format_spec.endswith("%"):
            text = text.replace("%", "\N{NO-BREAK SPACE}%")
        return number(text, self.lang)
