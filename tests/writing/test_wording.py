import re
from dataclasses import replace
from string import Formatter

import pytest
from fontTools.ttLib import TTFont

from glioscope import quality_gate as fitness
from glioscope.findings import possible_misses as misses
from glioscope.model.bundle import load_model
from glioscope.pipeline import analyze
from glioscope.study import Channel
from glioscope.texts.catalogue import sentences
from glioscope.texts.message import message
from glioscope.writing.wording import font_path, wording
from phantoms import box_mask, nominal_grid, study_for
from toy_model import toy_bundle

LANGUAGES = ("ru", "en")


def placeholders(text):
    return sorted(re.findall(r"{(\w+)", text))


def test_both_languages_say_the_same_things():
    russian, english = (wording(lang).texts for lang in LANGUAGES)
    assert list(russian) == list(english)
    assert {k: placeholders(v) for k, v in russian.items()} == {
        k: placeholders(v) for k, v in english.items()
    }
    assert all(text.strip() for text in (*russian.values(), *english.values()))


def test_no_russian_text_was_left_in_english():
    names = {"source.nifti", "source.dicom", "sequence.FLAIR", "sequence.STIR", "text"}
    names |= {"reading.class.weighting", "own_data.noticed", "own_data.set_counted"}
    names |= {"page.list.announced", "page.study.finding", "page.study.wl"}
    names |= {f"page.study.{name}" for name in ("file.seg", "file.sr", "key.flair")}
    names |= {"page.study.sequence.flair", "page.monitoring.table.n"}
    names |= {f"page.{page}.dice" for page in ("both", "review", "reviews")}
    latin = [k for k, v in wording("ru").texts.items() if not re.search("[а-яё№]", v, re.I)]
    assert set(latin) == names


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("bold", [False, True])
def test_the_packaged_font_has_every_sign_of_the_texts(lang, bold):
    with TTFont(font_path(bold)) as font:
        known = set(font.getBestCmap())
    # Those of pages are shown by the browser in its own fonts.
    said = wording(lang).texts.items()
    texts = " ".join(text for code, text in said if not code.startswith("page."))
    assert {c for c in texts + "\u00a0−…•–×²°" if ord(c) not in known} == set()


def test_numbers():
    russian, english = wording("ru"), wording("en")
    assert russian.number(-3.14159, 2) == "−3,14"
    assert english.number(-3.14159, 2) == "−3.14"
    assert russian.measure(29.55, "ml", 1) == "29,6\u00a0мл"
    assert russian.percent(33.4) == "+33\u00a0%" and russian.percent(-0.2) == "0\u00a0%"
    assert english.percent(-44.5) == "−44\u00a0%"
    assert russian.range(10.0, (0.85, 1.3), 1) == "8,5–13,0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.000"),
        (0.0001, "<\u00a00.001"),
        (0.5, "0.500"),
        (0.9999, ">\u00a00.999"),
        (1.0, "1.000"),
    ],
)
def test_a_probability_is_never_rounded_to_certainty(value, text):
    assert wording("en").probability(value) == text


@pytest.mark.parametrize("kept", [{Channel.T1}, {Channel.T1GD}, set()])
def test_what_the_pipeline_warns_of_is_translated(kept, tmp_path):
    model = load_model(toy_bundle(tmp_path / "toy", size=32, presence=False))
    study = study_for(box_mask(nominal_grid((32, 32, 3)), (10, 10, 1), (16, 16, 2)))
    images = {s: i for s, i in study.images.items() if s in kept or s is Channel.FLAIR}
    found = analyze(replace(study, images=images), model).warnings
    assert len(found) == 3  # missing sequences, no spacing, no probability per slice
    assert all(re.search("[а-яё]", wording("ru").say(warning)) for warning in found)


def with_samples(code):
    """The message with 0.25 for every number, and T1 for every text or sequence, that it names."""
    parts = Formatter().parse(sentences("en")[code])
    samples = {"": "T1", "sequence": "T1"}
    named = {name: samples.get(spec or "", 0.25) for _, name, spec, _ in parts if name}
    return message(code, **named)


@pytest.mark.parametrize(
    "code", [c for c in sentences("en") if c.startswith(("gate.", "miss.", "followup.", "pipe"))]
)
def test_every_fault_and_warning_of_an_analysis_is_said_in_russian(code):
    said = wording("ru").say(with_samples(code))
    assert re.search("[а-яё]", said)
    assert "0.25" not in said
    assert wording("en").say(with_samples(code)) == str(with_samples(code))


def test_every_reason_and_every_turn_has_its_sentence():
    for said in (*map(message, misses.WEIGHTS), *fitness._TURNS.values()):
        assert said.in_language("ru") != str(said)
    more = message("followup.more_lesions", before=1, after=3)
    assert "больше, чем было (1 и 3)" in more.in_language("ru")
    outside = message("pipeline.outside", share=0.12)
    assert outside.in_language("ru").startswith("12\N{NO-BREAK SPACE}% головы")


def test_decimals_become_russian_and_names_stay():
    said = wording("ru").say(message("gate.noise", found=0.31, most=0.22))
    assert said == "шум составляет 0,31 сигнала, допустимо не более 0,22"
