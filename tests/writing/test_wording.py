import inspect
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fontTools.ttLib import TTFont

from glioscope import quality_gate as fitness
from glioscope.cli.analyze import FAST_NOTICE
from glioscope.errors import UsageError
from glioscope.findings import possible_misses as misses
from glioscope.model.bundle import load_model
from glioscope.pipeline import analyze
from glioscope.study import Channel
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
    names = {"source.nifti", "source.dicom", "pictures.short", "text"}
    latin = [k for k, v in wording("ru").texts.items() if not re.search("[а-яё№]", v, re.I)]
    assert set(latin) == names


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("bold", [False, True])
def test_the_packaged_font_has_every_sign_of_the_texts(lang, bold):
    with TTFont(font_path(bold)) as font:
        known = set(font.getBestCmap())
    texts = " ".join(wording(lang).texts.values())
    assert {c for c in texts + "\u00a0−…•–×²°" if ord(c) not in known} == set()


def test_numbers():
    russian, english = wording("ru"), wording("en")
    assert russian.number(-3.14159, 2) == "−3,14"
    assert english.number(-3.14159, 2) == "−3.14"
    assert russian.measure(29.55, "ml", 1) == "29,6\u00a0мл"
    moment = datetime(2024, 3, 9, 7, 5, tzinfo=UTC)
    assert russian.date(moment) == "09.03.2024 07:05"
    assert russian.percent(33.4) == "+33\u00a0%" and russian.percent(-0.2) == "0\u00a0%"
    assert english.percent(-44.5) == "−44\u00a0%"
    assert russian.range(10.0, (0.85, 1.3), 1) == "8,5–13,0"
    assert english.date(moment) == "2024-03-09 07:05"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.000"), (0.0001, "< 0.001"), (0.5, "0.500"), (0.9999, "> 0.999"), (1.0, "1.000")],
)
def test_a_probability_is_never_rounded_to_certainty(value, text):
    assert wording("en").probability(value) == text


@pytest.mark.parametrize(
    "sentence",
    [
        *misses.WEIGHTS,
        FAST_NOTICE,
        "12% of the head lies outside the network's field of view and was not analysed",
        "different models answered (a 1 and b 2): analyse both by one",
        "the studies were analysed at different decision thresholds",
        "the studies differ in voxel spacing, which changes what is measured",
        "without voxel spacing it is not known whether a lesion is measurable (10 mm)",
        "nothing was outlined in the earlier study: there is no class",
        "no lesion of the earlier study is measurable (10 mm, two slices): no class",
        "more lesions than before (1 and 3): a new lesion is progression in RANO, so look for one "
        "in the images",
        "nothing was outlined in the later study: of that the model is never sure",
    ],
)
def test_known_warnings_and_reasons_are_translated(sentence):
    translated = wording("ru").phrase(sentence)
    assert re.search("[а-яё]", translated)
    assert re.findall(r"\bT1\w*|\d+", sentence) == re.findall(r"\bT1\w*|\d+", translated)
    assert wording("en").phrase(sentence) == sentence


@pytest.mark.parametrize("kept", [{Channel.T1}, {Channel.T1GD}, set()])
def test_what_the_pipeline_warns_of_is_translated(kept, tmp_path):
    model = load_model(toy_bundle(tmp_path / "toy", size=32, presence=False))
    study = study_for(box_mask(nominal_grid((32, 32, 3)), (10, 10, 1), (16, 16, 2)))
    images = {s: i for s, i in study.images.items() if s in kept or s is Channel.FLAIR}
    found = analyze(replace(study, images=images), model).warnings
    assert len(found) == 3  # missing sequences, no spacing, no probability per slice
    assert all(re.search("[а-яё]", wording("ru").say(warning)) for warning in found)


def test_every_fault_of_an_input_is_translated():
    """Each text in `fitness` that becomes a fault, with numbers in its places."""
    source = inspect.getsource(fitness).replace('"\n            f"', "").replace('" "', "")
    source = re.sub(r'"\s+f?"', "", source)
    texts = re.findall(r'text = \(?\s*f?"(.+?)"', source)
    texts.append("no slice shows anything like a head")
    assert len(texts) > 14
    for text in texts:
        for turn in fitness._TURNS.values():
            said = text.replace("{_TURNS[turn]}", turn).replace("{worst}", "log_noise")
            said = re.sub(r"\{[^}]*%\}", "12%", said)
            said = re.sub(r"\{count\}|\{_FEW\}", "4", said)
            said = re.sub(r"\{[^}]*\}", "0.25", said)
            translated = wording("ru").phrase(said)
            assert re.search("[а-яё]", translated), said
            assert "0.25" not in translated


def test_decimals_become_russian_and_names_stay():
    said = wording("ru").phrase("noise is 0.31 of the signal, expected at most 0.22")
    assert said == "шум составляет 0,31 сигнала, допустимо не более 0,22"


def test_an_unknown_warning_is_shown_as_it_came():
    assert wording("ru").phrase("the moon was full") == "the moon was full"


def test_another_language_is_a_usage_error():
    with pytest.raises(UsageError, match="expected language ru or en, got 'de'"):
        wording("de")
