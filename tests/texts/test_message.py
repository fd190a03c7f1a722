import copy
import pickle

import pytest

from glioscope.errors import InvalidImage
from glioscope.texts import catalogue
from glioscope.texts.message import Message, joined, message

SAID = {
    "en": {
        "a.thick": "{thick:.1f} mm, {share:.0%} of {name}",
        "a.why": "no: {reasons}",
        "a.lossy": "{series}: loss",
        "a.remedy": "{why}; add --flair",
        "a.remedy.on_page": "{why}; send it again",
        "a.late": "{series}: from {first} on",
        "a.found": "found {found:sequence}",
        "sequence.T1": "T1",
        "sequence.T1GD": "T1 with contrast",
    },
    "ru": {
        "a.thick": "{thick:.1f} мм, {share:.0%} от {name}",
        "a.why": "нет: {reasons}",
        "a.found": "есть {found:sequence}",
        "sequence.T1": "Т1-ВИ",
        "sequence.T1GD": "Т1-ВИ с контрастным усилением",
    },
}


@pytest.fixture(autouse=True)
def _two_sentences(monkeypatch):
    monkeypatch.setattr(catalogue, "sentences", lambda lang: SAID[lang])


def test_numbers_are_written_as_the_language_writes_them_and_text_is_not_touched():
    said = message("a.thick", thick=-7.25, share=0.123, name="T1 2.5 mm")
    assert str(said) == "−7.2 mm, 12\N{NO-BREAK SPACE}% of T1 2.5 mm"
    assert said.in_language("ru") == "−7,2 мм, 12\N{NO-BREAK SPACE}% от T1 2.5 mm"


def test_messages_inside_a_message_are_said_in_its_language():
    thick = message("a.thick", thick=1.0, share=1.0, name="x")
    assert message("a.why", reasons=(thick, thick)).in_language("ru").count("мм") == 2


def test_a_sequence_is_called_as_the_field_calls_it():
    said = message("a.found", found=("T1", "T1GD"))
    assert str(said) == "found T1; T1 with contrast"
    assert said.in_language("ru") == "есть Т1-ВИ; Т1-ВИ с контрастным усилением"
    assert said.to_dict()["values"] == {"found": ["T1", "T1GD"]}


def test_a_missing_value_is_a_fault_of_the_caller():
    with pytest.raises(KeyError):
        str(message("a.thick", thick=1.0))
    with pytest.raises(KeyError):
        str(message("no.such"))


def test_a_message_comes_back_from_plain_values():
    thick = message("a.thick", thick=1.5, share=0.2, name="x")
    said = message("a.why", reasons=(thick, "text"))
    assert Message.from_dict(said.to_dict()) == said
    assert said.to_dict()["values"]["reasons"][0]["code"] == "a.thick"


def test_an_error_survives_another_process():
    error = pickle.loads(pickle.dumps(InvalidImage("text", text="gone")))
    assert type(error) is InvalidImage
    assert error.message == message("text", text="gone")


def test_a_message_is_copied_and_pickled():
    said = message("a.why", reasons=(message("a.thick", thick=1.5, share=0.2, name="x"),))
    assert copy.deepcopy(said) == said
    assert pickle.loads(pickle.dumps(said)) == said


def test_messages_that_differ_in_their_series_alone_are_joined():
    lossy = [message("a.lossy", series=s) for s in ("series 2", "series 4")]
    late = [message("a.late", series=s, first=n) for s, n in (("series 2", 3), ("series 4", 5))]
    once = message("a.why", reasons="text")
    said = joined((lossy[0], once, late[0], lossy[1], once, late[1]))
    assert [str(m) for m in said] == ["series 2; series 4: loss", str(once), *map(str, late)]
    assert joined((lossy[0], once, late[0])) == (lossy[0], once, late[0])


def test_a_page_names_the_remedy_that_its_reader_has():
    said = message("a.remedy", why=message("a.remedy", why="no FLAIR"))
    assert str(said) == "no FLAIR; add --flair; add --flair"
    assert said.in_language("en", on_page=True) == "no FLAIR; send it again; send it again"
    assert message("a.lossy", series="1").in_language("en", on_page=True) == "1: loss"
