from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image as Picture
from PIL import ImageDraw

from glioscope.volume import Mask
from glioscope.writing.overview import overview, write_overview
from glioscope.writing.wording import wording
from phantoms import analysis_for, ball_mask, box_mask, grid_of, nominal_grid


def analyses():
    grid = grid_of("axial")
    one, two = ball_mask(grid, (4, 3, -6), 4), ball_mask(grid, (-4, -3, 8), 3)
    return {
        "none": analysis_for(box_mask(grid, (0, 0, 0), (0, 0, 0))),
        "one": analysis_for(one),
        "many": analysis_for(Mask(one.array | two.array, grid)),
    }


def test_size_and_difference_by_number_of_lesions():
    sheets = {name: overview(analysis, "en") for name, analysis in analyses().items()}
    assert {sheet.size for sheet in sheets.values()} == {(1480, 1456)}  # three rows of four
    arrays = [np.asarray(sheet, int) for sheet in sheets.values()]
    for k, one in enumerate(arrays):
        for other in arrays[k + 1 :]:
            assert (np.abs(one - other).max(axis=-1) > 40).mean() > 0.005


def test_the_language_changes_the_words_only():
    analysis = analyses()["one"]
    russian, english = (np.asarray(overview(analysis, lang), int) for lang in ("ru", "en"))
    changed = (russian != english).any(axis=-1)
    assert changed[:110].any() and changed[-66:].any()
    # Inside the first column of tiles, beside the name of the slice.
    assert not changed[150:1150].any(axis=0)[140:300].any()


@pytest.mark.parametrize("shape", [(16, 16, 1), (24, 12, 2), (12, 30, 5)])
def test_small_studies_have_small_sheets(shape):
    empty = box_mask(nominal_grid(shape), (0, 0, 0), (0, 0, 0))
    assert overview(analysis_for(empty), "ru").size == (1480, 748 if shape[2] < 5 else 1102)


def test_the_file_is_a_png_and_repeats_itself(tmp_path):
    analysis = analyses()["many"]
    for name in ("one.png", "two.png"):
        write_overview(analysis, tmp_path / name, "ru")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with Picture.open(tmp_path / "one.png") as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")
        assert "медицинским изделием" in picture.info["Description"]


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("name", ["synthetic-phantom-0", "a long name of a folder " * 4])
def test_texts_of_the_header_are_whole_and_apart(monkeypatch, lang, name):
    analysis = analyses()["one"]
    source = replace(analysis.study.source, kind="phantom")
    study = replace(analysis.study, study_id=name, source=source)
    drawn, draw_text = [], ImageDraw.ImageDraw.text

    def note(draw, place, text, fill, font, anchor=None):
        if place[1] < 118:
            drawn.append((text, draw.textbbox(place, text, font, anchor)))
        draw_text(draw, place, text, fill, font, anchor)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", note)
    overview(replace(analysis, study=study), lang)
    texts = [text for text, _ in drawn]
    words = wording(lang)
    assert words("source.phantom") in texts
    assert any(text.endswith(words("sequence.T1GD")) for text in texts)
    assert (name in texts) == (len(name) < 30)
    boxes = [box for _, box in drawn]
    assert all(box[2] <= 1480 - 36 + 1 for box in boxes)
    for one, other in combinations(boxes, 2):
        beside = one[2] <= other[0] or other[2] <= one[0]
        assert beside or one[3] <= other[1] or other[3] <= one[1]
