import re
from dataclasses import replace

import pytest
from PIL import ImageFont
from pypdf import PdfReader

from glioscope.analysis_parts import InputQuality
from glioscope.texts.message import message
from glioscope.volume import Grid
from glioscope.writing.report.blocks import Facts
from glioscope.writing.report.content import study_content
from glioscope.writing.report.pdf import write_report
from glioscope.writing.wording import font_path, wording
from phantoms import analysis_for, ball_mask, box_mask, grid_of, nominal_grid
from results import compared, lesions

LANGUAGES = ("ru", "en")


def pages_of(path):
    with PdfReader(path) as reader:
        return [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


def report(analysis, folder, lang, **more):
    content = study_content(analysis, wording(lang), **more)
    write_report(content, folder / "report.pdf", lang)
    return pages_of(folder / "report.pdf")


@pytest.fixture
def found():
    missing = message("pipeline.one_replaced", first="T1")
    return analysis_for(ball_mask(grid_of("axial"), (3, -2, 1), 4), warnings=(missing,))


@pytest.fixture
def clear():
    empty = box_mask(grid_of("axial"), (0, 0, 0), (0, 0, 0))
    return analysis_for(empty, threshold=0.413)


def test_russian_with_tumour(found, tmp_path):
    text = " ".join(report(found, tmp_path, "ru"))
    assert "Выявлены изменения, подозрительные на глиому" in text and "ОПУХОЛЬ" not in text
    assert "вероятность 0,970" in text
    assert f"объём {found.volume_ml:.1f} мл".replace(".", ",") in text
    assert "нет последовательности Т1-ВИ; вместо неё взята FLAIR, как в обучающих данных" in text
    assert "смежный со срезом с опухолью" in text
    assert "порог 0,500" in text
    assert "Модель обучена на глиомах низкой степени злокачественности" in text
    assert "phantom-model, версия 1.2.3" in text
    assert "0123456789abcdef" * 4 in text
    assert "glioscope 0.1.0" in text


def test_english_without_tumour(clear, tmp_path):
    text = " ".join(report(clear, tmp_path, "en"))
    assert "No finding suspicious for glioma" in text
    assert "A result below the threshold is no proof that there is no tumour." in text
    assert "No lesion was outlined." in text
    assert "threshold 0.413" in text
    assert "Nothing below the threshold stands out." in text


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "ru",
            "Подходит для модели с оговорками: отличие от обучающих данных 2,4 (обычно около 1).",
        ),
        ("en", "Fit for the model, with warnings: unlikeness to the training data 2.4"),
    ],
)
def test_the_gates_verdict_is_said(found, tmp_path, lang, said):
    assert said[:40] not in " ".join(report(found, tmp_path, lang))
    judged = replace(found, quality=InputQuality("fit with warnings", (), 2.4))
    assert said in " ".join(report(judged, tmp_path, lang))


def test_what_the_threshold_stands_for_is_said(found, tmp_path):
    promised = replace(found, threshold=0.0312, operating_point="miss_rate", max_miss_rate=0.025)
    text = " ".join(report(promised, tmp_path, "ru"))
    assert "0,031: в среднем пропускается не более 2,5 % срезов с опухолью" in text
    text = " ".join(report(replace(found, operating_point="sensitive"), tmp_path, "en"))
    assert "0.500: sensitive, for screening" in text


SELF_ASSESSMENT = {
    "en": (
        "Expected agreement with an expert's outline: good.",
        "outline: doubtful. Review recommended: this outline",
        "Review recommended: the model does not consider an absence of findings reliable.",
    ),
    "ru": (
        "Ожидаемое согласие с контуром эксперта: хорошее.",
        "сомнительное. Рекомендуется проверка: этот контур",
        "Рекомендуется проверка: отсутствие находок модель не считает достоверным.",
    ),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("dice", "review", "said"),
    [
        (0.84, False, (True, False, False)),
        (0.84, True, (False, True, False)),
        (None, True, (False, False, True)),
        (None, None, (False, False, False)),
    ],
)
def test_the_model_says_what_it_expects_of_its_outline(found, tmp_path, lang, dice, review, said):
    judged = replace(found, expected_dice=dice, review=review)
    text = report(judged, tmp_path, lang)[0]
    assert tuple(sentence in text for sentence in SELF_ASSESSMENT[lang]) == said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_says_that_it_is_no_medical_device(lang, tmp_path):
    grid = Grid((24, 24, 80), grid_of("axial").affine)
    long = analysis_for(box_mask(grid, (8, 8, 3), (14, 15, 77)))
    pages = report(long, tmp_path, lang)
    assert len(pages) >= 2
    for number, page in enumerate(pages, start=1):
        assert wording(lang)("notice") in page
        assert wording(lang)("report.page", page=number, pages=len(pages)) in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_called_slice_is_listed(lang, tmp_path):
    mask = box_mask(nominal_grid((20, 20, 30)), (8, 8, 3), (12, 12, 18))
    analysis = analysis_for(mask, kind="lgg")
    text = " ".join(report(analysis, tmp_path, lang))
    for index in range(3, 18):
        assert f"phantom_{index + 1} {wording(lang).probability(0.97)}" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_nominal_study_is_measured_in_pixels_with_the_reason(lang, tmp_path):
    analysis = analysis_for(ball_mask(nominal_grid(), (-10, -9, 6), 4), kind="lgg")
    words = wording(lang)
    text = " ".join(report(analysis, tmp_path, lang))
    assert words("findings.nominal") in text
    units = rf"\d {words('unit.ml')}\b|\d {words('unit.mm')}\b|{words('unit.mm2')}"
    assert not re.search(units, text.replace(words("limits.text"), ""))


def test_equal_analyses_are_equal_bytes(found, tmp_path):
    for name in ("one.pdf", "two.pdf"):
        write_report(study_content(found, wording("ru")), tmp_path / name, "ru")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_long_names_and_unknown_thresholds_do_not_break_it(found, tmp_path):
    study = replace(found.study, study_id="x" * 200)
    odd = replace(
        found, study=study, threshold=None, versions={}, warnings=(message("text", text="w" * 400),)
    )
    assert "x" * 60 in " ".join(report(odd, tmp_path, "en")).replace(" ", "")


@pytest.mark.parametrize(("lang", "title"), [("en", "Region"), ("ru", "Область")])
def test_the_region_of_a_possible_miss_is_named(found, tmp_path, lang, title):
    first, *others = found.possible_misses
    boxed = replace(first, box_px=(4, 10, 8, 14), reason=message("miss.blob"))
    text = " ".join(report(replace(found, possible_misses=(boxed, *others)), tmp_path, lang))
    assert title in text
    assert "4–7, 10–13" in text
    assert "4–7, 10–13" not in " ".join(report(found, tmp_path / "plain", lang))


def test_a_long_name_wraps_and_is_on_the_page_as_a_whole(found, tmp_path):
    name = "Константинопольская-Преображенская Александра-Виктория Константиновна " * 3
    text = report(found, tmp_path, "ru", identity=(("name", name.strip()),))[0]
    assert f"Пациент {name.strip()}" in text


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_no_fact_lies_on_the_value_beside_it(found, lang, tmp_path):
    """The longest names are those of a patient's and a study's facts in Russian."""
    names = ("name", "id", "birth", "sex", "accession")
    content = study_content(found, wording(lang), identity=tuple((n, "value") for n in names))
    write_report(content, tmp_path / "report.pdf", lang)
    facts = next(b for s in content.sections for b in s.blocks if isinstance(b, Facts))
    placed = []

    def note(text, _, matrix, *__):
        if text.strip():
            placed.append((text.strip(), matrix[4] / 72 * 25.4))

    with PdfReader(tmp_path / "report.pdf") as reader:
        reader.pages[0].extract_text(visitor_text=note)
    font = ImageFont.truetype(font_path(), 900)  # facts are written in 9 points
    values = {left for text, left in placed if text == "value"}
    assert len(values) == 1
    said = " ".join(name for name, _ in facts.rows)
    beside = [(text, left) for text, left in placed if left < 20 and text in said]
    assert len(beside) >= len(names)
    ends = [left + font.getlength(text) / 100 * 25.4 / 72 for text, left in beside]
    assert max(ends) < min(values) - 0.5


def test_a_word_wider_than_its_column_is_cut(found, tmp_path):
    found = analysis_for(found.mask, kind="pictures")
    first, *others = found.possible_misses
    long = replace(first, name="z" * 120)
    text = " ".join(report(replace(found, possible_misses=(long, *others)), tmp_path, "en"))
    assert re.search("z{5,60}…z{5,60} ", text) and "z" * 61 not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_glyph_is_missing_from_the_packaged_font(lang, tmp_path, caplog):
    comparison = compared((0.9, 1.1), (0.5, 2.0))
    report(lesions((0.8, 1.3)), tmp_path, lang, comparison=comparison)
    assert not [r for r in caplog.records if "glyph" in r.message]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("محمد أحمد", "[U+0645 U+062D U+0645 U+062F] [U+0623 U+062D U+0645 U+062F]"),
        ("王 小明", "[U+738B] [U+5C0F U+660E]"),
        ("Анна \U0001f9e0", "Анна [U+1F9E0]"),
        ("evil\u202etxt", "evil[U+202E]txt"),
    ],
)
def test_a_name_of_any_script_does_not_vanish(found, name, shown, tmp_path, caplog, capfd):
    text = " ".join(report(found, tmp_path, "ru", identity=(("name", name),)))
    assert shown in text
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
