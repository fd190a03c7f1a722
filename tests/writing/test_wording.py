import inspect
import itertools
import re
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont

from dicom_datasets import datasets, head, series
from glioscope import quality_gate as fitness
from glioscope.cli.analyze import FAST_NOTICE
from glioscope.errors import UsageError
from glioscope.findings import possible_misses as misses
from glioscope.model.bundle import load_model
from glioscope.phantom.study import SYNTHETIC
from glioscope.pipeline import analyze
from glioscope.reading.dicom import choice as dicom_choice
from glioscope.reading.dicom import description_words as sequence_words
from glioscope.reading.dicom import sequence_class as sequences
from glioscope.reading.dicom.headers import Physics
from glioscope.reading.dicom.sequence_class import SeriesClass, SeriesKind, classify
from glioscope.study import Channel
from glioscope.writing.wording import font_path, wording
from phantoms import box_mask, grid_of, nominal_grid, study_for
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
    assert russian.percent(33.4) == "+33\u00a0%" and russian.percent(-0.2) == "0\u00a0%"
    assert english.percent(-44.5) == "−44\u00a0%"
    assert russian.range(10.0, (0.85, 1.3), 1) == "8,5–13,0"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.000"), (0.0001, "< 0.001"), (0.5, "0.500"), (0.9999, "> 0.999"), (1.0, "1.000")],
)
def test_a_probability_is_never_rounded_to_certainty(value, text):
    assert wording("en").probability(value) == text


@pytest.mark.parametrize(
    "sentence",
    [
        SYNTHETIC,
        *misses.WEIGHTS,
        FAST_NOTICE,
        "T1 repeats FLAIR: treated as missing",
        "T1GD is constant: treated as missing",
        "12% of the head lies outside the network's field of view and was not analysed",
        "T1 covers only 71% of FLAIR; the rest is taken as air",
        "scan.nii does not say how it is oriented: left and right are not certain",
        "different models answered (a 1 and b 2): analyse both by one",
        "the studies were analysed at different decision thresholds",
        "the studies differ in voxel spacing, which changes what is measured",
        "without voxel spacing it is not known whether a lesion is measurable (10 mm)",
        "nothing was outlined in the earlier study: there is no class",
        "no lesion of the earlier study is measurable (10 mm, two slices): no class",
        "more lesions than before (1 and 3): a new lesion is progression in RANO, so look for one "
        "in the images",
        "nothing was outlined in the later study: of that the model is never sure",
        "slice numbers jump from 4 to 7 (step 1 elsewhere): a slice may be missing, so volumes may "
        "be wrong",
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
    assert all(re.search("[а-яё]", wording("ru").phrase(warning)) for warning in found)


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


# What stays as it is: names of sequences and of DICOM, which Russian radiology uses too.
NAMES = re.compile(
    r"(ImageType|Modality|AcquisitionContrast|AngioFlag|T1|T1GD|T2|T2\\*|PD|FLAIR|STIR).*"
)


def series_like(physics=None, **changes):
    """A series of four MR pictures, as it is read, with other physics or attributes."""
    [plain] = series(datasets(head(grid_of("axial", (4, 5, 6)))))
    frames = tuple(replace(f, physics=physics or Physics()) for f in plain.frames)
    return replace(plain, **({"frames": frames, "description": "", "contrast": None} | changes))


def every_physics():
    times = itertools.product(
        (None, 8.0, 600.0, 2500.0, 9000.0), (None, 4.0, 90.0), (None, 150.0, 900.0, 2500.0, 6000.0)
    )
    kinds = (frozenset(), frozenset({"SE"}), frozenset({"GR"}), frozenset({"SE", "IR"}))
    for (tr, te, ti), scanning, flip in itertools.product(times, kinds, (None, 60.0)):
        yield Physics(tr, te, ti, flip, scanning, frozenset({"SS"}))


def everything_classify_says():
    """Verdicts over words and contrast, and one series for each way to be none of ours."""
    words = ("", "t2 flair", "t1 +C", "t1 без контраста", "t2")
    tags = ((None, False), ("ContrastBolusAgent", False), ("ContrastBolusAgent", True))
    flair = Physics(9000.0, 120.0, None, 90.0, frozenset({"SE"}))
    for physics, description in itertools.product((Physics(), flair, Physics(600.0, 15.0)), words):
        for contrast, everywhere in tags:
            one = series_like(physics, description=description, contrast=contrast)
            yield classify(one, agent_everywhere=everywhere)
    for what, _ in sequence_words._EXCLUDED:
        yield SeriesClass(SeriesKind.OTHER, what, (f"words of the description: {what}",))
    for term in sequences._TERMS:
        yield classify(series_like(image_type=("ORIGINAL", "PRIMARY", term)))
    yield classify(series_like(image_type=("DERIVED", "SECONDARY")))
    yield from (classify(series_like(part=p)) for p in ("phase", "real", "imaginary"))
    yield from (classify(series_like(**c)) for c in (
        {"frames": ()}, {"frames": (), "modality": ""}, {"modality": ""}, {"modality": "CT"},
        {"sop_class": "1.2"}, {"stacks": 3},
    ))  # fmt: skip
    for physics in (
        Physics(b_value=1000.0),
        Physics(angio=True),
        Physics(scanning=frozenset({"EP"})),
        *(
            Physics(acquisition_contrast=c)
            for c in ("DIFFUSION", "FLOW_ENCODED", "PERFUSION", "TOF")
        ),
    ):
        yield classify(series_like(physics))


def test_whatever_inspect_says_of_a_series_is_said_in_russian():
    said = {sequences._possible(physics)[1] for physics in every_physics()}
    for verdict in everything_classify_says():
        said |= {verdict.what, *verdict.reasons, *verdict.conflicts}
    said |= {f"series 4/2 is used: {lost}" for lost in dicom_choice._LOST}
    said |= {f"series 4/2 is used: it was taken {when}" for when in ("earlier", "later")}
    said |= {f"{what} is not analysed" for what in ("T2", "a localizer")}
    said |= {"T1; another series was named", "not fit for the model", "axial", "damaged", "other"}
    said.add("its class is not known; name it by hand if it is one of the three")
    assert len(said) > 150
    russian = wording("ru")
    for sentence in said - {s for s in said if NAMES.fullmatch(s)}:
        translated = russian.phrase(sentence)
        assert re.search("[а-яё]", translated), sentence
        # No English word is left: capitals and digits are names.
        assert not re.search(r"(?<![\w`-])[a-z]{3,}", translated), (sentence, translated)


def test_decimals_become_russian_and_names_stay():
    said = wording("ru").phrase("noise is 0.31 of the signal, expected at most 0.22")
    assert said == "шум составляет 0,31 сигнала, допустимо не более 0,22"
    name = "a.1.5.nii does not say how it is oriented: left and right are not certain"
    assert "a.1.5.nii" in wording("ru").phrase(name)


def test_an_unknown_warning_is_shown_as_it_came():
    assert wording("ru").phrase("the moon was full") == "the moon was full"


def test_another_language_is_a_usage_error():
    with pytest.raises(UsageError, match="expected language ru or en, got 'de'"):
        wording("de")


def test_what_reading_dicom_warns_of_is_told_in_russian():
    """Every sentence that `reading` adds to a study's warnings, by the code that makes it."""
    said = [
        "series 4 (t2 tirm) is taken as FLAIR, but only the description says so",
        "series 4 (t2 tirm) is taken as FLAIR, but no inversion time is recorded",
        "series 4 is taken as T1GD, but the description says without contrast",
        "series 4 is taken as T1, but the description says T2",
        "series 4 is taken as T1, but ContrastBolusAgent is set, but in every series of the study",
        "series 4 is derived from other pictures (ImageType)",
        "series 4 was compressed with loss",
        "series 4 names no frame of reference; its place is taken to be FLAIR's",
        "series 4 begins with instance 3: slices at its end may be missing",
        "series 4 has a single slice; its thickness is taken from SliceThickness",
        "series 4: slice positions are uneven; places are uncertain by up to 0.21 mm",
        "series 4: slices are 10.00 mm apart, 2 times SpacingBetweenSlices (5.00 mm): slices "
        "between them may be missing",
        "2 slices stand twice in the series",
        "series 4 was named as T1 but looks like T2 (spin echo, TR 4000, TE 100 ms)",
        "T1 left out: series 4 has another FrameOfReferenceUID than FLAIR, series 3: the patient "
        "was positioned anew between them; register them first",
        "T1 left out: series 4 lies outside FLAIR, series 3; is it of another body part?",
        "series 4 and 5 are T1 without a sign of contrast; if one was taken after contrast, name "
        "it with --t1gd",
        "3 files cannot be read as DICOM and were left out; copy them again",
        "DICOMDIR lists 7 files that are not there; is the copy complete?",
    ]
    russian = [wording("ru").phrase(sentence) for sentence in said]
    assert [s for s, t in zip(said, russian, strict=True) if s == t] == []
    assert russian[3] == "серия 4 принята за T1, хотя в описании сказано «T2»"
    assert "0,21 мм" in russian[10]
