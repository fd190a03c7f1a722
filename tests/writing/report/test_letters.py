"""Names of every script: nothing vanishes, nothing turns round."""

from glioscope.writing.report.letters import drawable, visible

LATIN = {*range(0x20, 0x180)}


def test_what_can_be_drawn_stays() -> None:
    assert drawable("Müller [1]\n", LATIN) == "Müller [1]\n"
    assert drawable("Mu\u0308ller", LATIN) == "Müller"


def test_what_cannot_is_marked_letter_by_letter() -> None:
    assert drawable("a王小b", LATIN) == "a[U+738B U+5C0F]b"
    assert drawable("\U0001f9e0", LATIN) == "[U+1F9E0]"
    assert drawable("a\u202eb", LATIN) == "a[U+202E]b"


def test_control_characters_are_visible_and_scripts_stay() -> None:
    assert visible("محمد 王\u202eb\x1b[31m") == "محمد 王[U+202E]b[U+001B][31m"
    assert visible("two\nlines\tand é") == "two\nlines\tand é"
