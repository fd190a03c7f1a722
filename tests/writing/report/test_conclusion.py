"""The sentences to copy: one lesion, several, one with specks, none."""

from dataclasses import replace

from glioscope.writing.report.conclusion import conclusion
from glioscope.writing.wording import wording
from phantoms import analysis_for, box_mask, grid_of

GRID = grid_of("axial", (60, 60, 12))
ALIKE = "Other lesions that are bright on FLAIR look alike to the model"


def analysis(*others):
    """A block of 18 × 22 × 12.5 mm on the left, 31 mm from the midline, and blocks on the right."""
    mask = box_mask(GRID, (5, 5, 3), (25, 25, 8))
    for low, high in others:
        mask.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = True
    found = analysis_for(mask)
    first, *rest = found.findings
    left = replace(first, side="left", midline_px=34.4, midline_mm=31.0)
    right = (replace(f, side="right", midline_px=20.0, midline_mm=18.0) for f in rest)
    return replace(found, findings=(left, *right), miss_rate=0.034)


def said(found, lang):
    return conclusion(found, wording(lang)).replace("\xa0", " ")


def test_one_lesion():
    assert said(analysis(), "en").startswith(
        "FLAIR shows a lesion suspicious for glioma, of 5.0 ml: "
        f"left, 31 mm from the midline, 28.4 × 23.3 mm, slice 4. {ALIKE}"
    )
    assert said(analysis(), "ru").startswith(
        "На FLAIR определяется образование (зона изменённого сигнала), подозрительное на глиому, "
        "объёмом 5,0 мл: слева, в 31 мм от срединной плоскости, 28,4 × 23,3 мм, срез 4. Другие "
    )


def test_specks_are_named_apart():
    text = said(analysis(((40, 40, 4), (43, 43, 6))), "en")
    assert "a lesion suspicious" in text and "Specks not counted as lesions: 1." in text


def test_several_lesions():
    text = said(analysis(((40, 40, 4), (55, 55, 6))), "en")
    assert text.startswith(
        "FLAIR shows 2 lesions suspicious for glioma, 6.1 ml in all; the largest"
    )
    assert "Specks" not in text


def test_nothing_found_comes_with_what_is_missed():
    empty = replace(analysis_for(box_mask(GRID, (0, 0, 0), (0, 0, 0))), miss_rate=0.034)
    text = said(empty, "en")
    assert text.startswith(
        "No changes suspicious for glioma were found on FLAIR. At this threshold"
    )
    assert "3.4 % of a patient's tumour slices were missed on average" in text
    promised = said(replace(empty, max_miss_rate=0.05), "ru")
    assert "пропускается в среднем не более 5,0 % срезов с опухолью" in promised
    unknown = said(replace(empty, miss_rate=None), "en")
    assert "%" not in unknown and "no proof that there is no tumour" in unknown
