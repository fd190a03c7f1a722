"""What reports say of measurements and changes, read from both kinds of file."""

import html
import re
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from glioscope.writing.report.content import comparison_content, study_content
from glioscope.writing.report.html import page
from glioscope.writing.report.pdf import write_report
from glioscope.writing.wording import wording
from phantoms import analysis_for, box_mask, nominal_grid, with_bounds, with_classes
from results import compared, lesions


def plain(text):
    return re.sub(r"\s+", " ", text)


def as_pdf(content, lang, folder):
    write_report(content, folder / "report.pdf", lang)
    with PdfReader(folder / "report.pdf") as reader:
        return plain(" ".join(p.extract_text() for p in reader.pages))


def as_html(content, lang, _):
    text = re.sub(r"<style>.*?</style>", "", page(content, wording(lang)), flags=re.DOTALL)
    return plain(html.unescape(re.sub("<[^>]+>", " ", text)))


both = pytest.mark.parametrize("read", [as_pdf, as_html])


@both
def test_figures_and_their_intervals_in_russian(read, tmp_path):
    """18 × 22 mm on 5 slices and twice 3.6 × 4.4 mm on 2; all intervals from 0.8 to 1.3."""
    text = read(study_content(lesions((0.8, 1.3)), wording("ru")), "ru", tmp_path)
    assert "объём 5,1 мл (4,1–6,6) · слева" in text
    assert "4,95 мл (3,96–6,44)" in text
    assert "28,4 × 23,3 мм (23–37) × (19–30) срез 4" in text
    assert "661 мм² (529–859)" in text
    assert re.search(r"Всего слева 5,11 мл \(4,09–6,64\)", text)
    assert "чтобы у 90 % пациентов, подобных обучающей выборке" in text
    assert "661 мм² (529–859) 4–8 0,950" in text


@both
def test_without_intervals_none_are_shown(read, tmp_path):
    analysis = lesions((0.8, 1.3))
    bare = replace(
        analysis,
        findings=tuple(replace(f, intervals=None, side=None) for f in analysis.findings),
        interval_coverage=None,
    )
    text = read(study_content(bare, wording("en")), "en", tmp_path)
    assert "4.95 ml" in text and "4.95 ml (" not in text
    assert "In brackets" not in text


@both
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_nominal_study_has_no_unit_that_it_cannot_have(read, lang, tmp_path):
    mask = box_mask(nominal_grid((40, 40, 8)), (5, 5, 3), (25, 25, 6))
    words = wording(lang)
    content = study_content(analysis_for(mask, kind="lgg"), words)
    text = read(content, lang, tmp_path).replace(words("limits.text"), "")
    assert words("unit.px2") in text
    units = rf"\d {words('unit.ml')}\b|\d {words('unit.mm')}\b|{words('unit.mm2')}"
    assert not re.search(units, text)


@both
def test_the_operating_point_stands_beside_the_decision(read, tmp_path):
    analysis = lesions((0.8, 1.3), operating_point="balanced", threshold=0.52)
    text = read(study_content(analysis, wording("en")), "en", tmp_path)
    assert "decision threshold 0.520, balanced operating point" in text


@both
def test_noise_is_not_called_progression(read, tmp_path):
    noise = comparison_content(compared((0.7, 1.4), (0.7, 1.4)), wording("en"))
    text = read(noise, "en", tmp_path)
    assert "The change lies within the measurement error." in text and not noise.alarm
    assert "within the measurement error" in text.split("Sum of the products")[1]
    sure = comparison_content(compared((0.97, 1.03), (0.97, 1.03)), wording("en"))
    text = read(sure, "en", tmp_path)
    assert "On the images, by RANO: progression." in text and sure.alarm
    assert "within the measurement error" not in text


@both
def test_an_unknown_error_is_said(read, tmp_path):
    sure = replace(compared((0.9, 1.1), (0.9, 1.1)), coverage=None, within_error=None)
    text = read(comparison_content(sure, wording("en")), "en", tmp_path)
    assert "the measurement error is unknown" in text


@both
def test_a_comparison_within_a_study_in_russian(read, tmp_path):
    comparison = compared((0.9, 1.1), (0.9, 1.1), wide=(20, 20))
    content = study_content(lesions((0.9, 1.1)), wording("ru"), comparison=comparison)
    text = read(content, "ru", tmp_path)
    assert "Сравнение с предыдущим исследованием" in text
    assert "По изображениям, по критериям RANO: стабилизация заболевания." in text
    assert "0 % от −18 % до +22 %" in text
    assert "van den Bent, 2011" in text


@both
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_no_name_without_being_asked_for(read, lang, tmp_path):
    words = wording(lang)
    plainly = read(study_content(lesions((0.9, 1.1)), words), lang, tmp_path)
    named = study_content(lesions((0.9, 1.1)), words, identity=(("name", "Ёлкина Щука"),))
    assert words("identity.name") not in plainly
    assert "Ёлкина Щука" in read(named, lang, tmp_path)


@both
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_specks_are_a_footnote(read, lang, tmp_path):
    """Two of 0.08 ml beside 4.95 ml: not in the table, but said."""
    words = wording(lang)
    found = lesions((0.8, 1.3))
    text = read(study_content(found, words), lang, tmp_path)
    assert found.to_dict()["lesions"] == 1
    assert (
        plain(words("specks.line", count=2, share="2", volume=words.measure(0.1584, "ml", 2)))
        in text
    )
    listed = "; ".join(
        f"{words.measure(0.0792, 'ml', 2)}, {words('side.left')} ({words('slice.label', number=5)})"
        for _ in range(2)
    )
    assert plain(words("specks.listed", listed=listed)) in text


@both
def test_no_finding_says_what_is_missed_and_never_who(read, tmp_path):
    empty = analysis_for(box_mask(nominal_grid((40, 40, 8)), (0, 0, 0), (0, 0, 0)))
    text = read(study_content(replace(empty, miss_rate=0.034), wording("en")), "en", tmp_path)
    assert "No finding suspicious for glioma" in text and "TUMOUR" not in text
    assert "3.4 % of a patient's tumour slices were missed on average" in text


@both
def test_what_looks_alike_stands_beside_the_headline(read, tmp_path):
    text = read(study_content(lesions((0.8, 1.3)), wording("ru")), "ru", tmp_path)
    head, conclusion = text.split("Исследование", 1)[0].split("Заключение")
    assert "Выявлены изменения, подозрительные на глиому" in head
    alike = "инфаркт, отёк, демиелинизация, метастаз"
    assert alike in head and alike in conclusion


@both
def test_the_day_of_the_report_stands_in_it(read, tmp_path):
    content = study_content(lesions((0.8, 1.3)), wording("ru"), made=date(2026, 11, 27))
    assert "Дата отчёта 27.11.2026" in read(content, "ru", tmp_path)


@both
@pytest.mark.parametrize(
    ("lang", "sizes"),
    [("en", r"Sure \(thin line\): (.+?) ml; possible \(dashed\): (.+?) ml\."),
     ("ru", r"Надёжно \(тонкая линия\): (.+?) мл; возможно \(пунктир\): (.+?) мл\.")],
)  # fmt: skip
def test_bounds_are_told_with_their_promise(read, lang, sizes, tmp_path):
    analysis = lesions((0.8, 1.3), others=0)
    bounded = with_bounds(analysis, analysis.study.grid.spacing_mm)
    text = read(study_content(bounded, wording(lang)), lang, tmp_path)
    told = re.search(sizes, text)
    for number, region in enumerate((bounded.bounds.sure, bounded.bounds.possible), 1):
        volume = region.sum() * analysis.study.grid.voxel_ml
        assert told[number] == wording(lang).number(volume, 1)
    assert "10 %" in text[told.end() :]
    assert not re.search(sizes, read(study_content(analysis, wording(lang)), lang, tmp_path))


@both
@pytest.mark.parametrize(
    ("lang", "title", "row"),
    [("en", "Classes within the tumour", "core {} ml"), ("ru", "Состав опухоли", "core {} мл")],
)
def test_classes_are_told_with_their_volumes(read, lang, title, row, tmp_path):
    analysis, words = with_classes(lesions((0.8, 1.3))), wording(lang)
    text = read(study_content(analysis, words), lang, tmp_path)
    core = analysis.classes.voxels[1]
    ml = words.number(core * analysis.mask.grid.voxel_ml, 2)
    share = words.number(100 * core / analysis.mask.array.sum())
    assert title in text and f"{row.format(ml)} {share} %" in text
    assert f"edema{' (отёк)' if lang == 'ru' else ''} " in text
    assert title not in read(study_content(lesions((0.8, 1.3)), words), lang, tmp_path)


@both
def test_classes_of_a_nominal_study_are_in_voxels(read, tmp_path):
    mask = box_mask(nominal_grid(), (8, 8, 2), (20, 20, 8))
    analysis = with_classes(analysis_for(mask))
    text = read(study_content(analysis, wording("en")), "en", tmp_path)
    assert f"core {analysis.classes.voxels[1]} voxels" in text
