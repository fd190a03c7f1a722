"""In which language a command speaks: the option `--lang`, else the settings."""

from collections.abc import Sequence

from glioscope.errors import UsageError
from glioscope.settings import Settings, language_here
from glioscope.texts.catalogue import LANGUAGES, Language


def language_in(text: str | None, settings: Settings) -> Language:
    """The language that `--lang` names, else that of the settings.

    Raises:
        UsageError: neither ru nor en.
    """
    if text is None:
        return settings.lang
    if text not in LANGUAGES:
        raise UsageError("cli.lang", value=text)
    return text


def language_of(words: Sequence[str]) -> Language:
    """The language that the words of a command line ask for, else that of the environment.

    It must be known before the words are parsed, since the parser too may fail.
    """
    for place, word in enumerate(words):
        name, equals, text = word.partition("=")
        if name == "--lang":
            following = words[place + 1] if place + 1 < len(words) else ""
            asked = text if equals else following
            if asked in LANGUAGES:
                return asked
    return language_here()
