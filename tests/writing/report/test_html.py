"""The page stands alone: nothing is fetched, nothing runs, and it is sound HTML."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import pytest
from PIL import Image as Picture

from glioscope.texts.message import message
from glioscope.writing.report.content import comparison_content, study_content
from glioscope.writing.report.html import page, write_html
from glioscope.writing.wording import wording
from phantoms import analysis_for, box_mask, grid_of
from results import compared, lesions

LANGUAGES = ("ru", "en")


class Outline(HTMLParser):
    """Tags in order; every one that must be closed is, in turn."""

    EMPTY = frozenset({"meta", "img", "br", "rect", "line"})

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def pages():
    empty = analysis_for(box_mask(grid_of("axial"), (0, 0, 0), (0, 0, 0)))
    comparison = compared((0.9, 1.1), (0.9, 1.1))
    for lang in LANGUAGES:
        words = wording(lang)
        yield page(study_content(empty, words), words)
        yield page(study_content(lesions((0.8, 1.3)), words, comparison=comparison), words)
        yield page(comparison_content(comparison, words), words)


def test_nothing_is_fetched_and_nothing_runs():
    for whole in pages():
        text = re.sub(r"base64,[A-Za-z0-9+/=]+", "base64,", whole)
        assert not re.search(r"https?:|//\w|@import|<script|<link|<iframe|\son\w+=", text)
        assert not [u for u in re.findall(r"url\(([^)]*)", text) if not u.startswith("data:")]
        sources = [a["src"] for tag, a in Outline(text).seen if "src" in a]
        assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_tags_are_closed_in_turn():
    for text in pages():
        assert Outline(text).open == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_what_it_is_for_at_both_ends_and_on_paper(lang):
    words = wording(lang)
    text = page(study_content(lesions((0.8, 1.3)), words), words)
    assert f'<html lang="{lang}">' in text
    body = text.split("<body>")[1]
    assert body.count(words("notice")) == 2
    assert f'content: "{words("notice")}"' in text  # the head of every printed page


def test_pictures_are_inside_with_their_slice_below():
    words = wording("en")
    text = page(study_content(lesions((0.8, 1.3)), words), words)
    images = [attrs for tag, attrs in Outline(text).seen if tag == "img"]
    assert len(images) == 4
    for image in images:
        data = base64.b64decode(image["src"].split(",")[1])
        with Picture.open(BytesIO(data)) as picture:
            assert picture.size == (480, 480)
        assert re.match(r"slice \d+ · ", image["alt"])


def test_the_chart_has_a_bar_for_every_slice_as_tall_as_its_probability():
    analysis = lesions((0.8, 1.3))
    text = page(study_content(analysis, wording("en")), wording("en"))
    kinds = ("bar", "called", "second")
    bars = [a for tag, a in Outline(text).seen if tag == "rect" and a["class"] in kinds]
    assert len(bars) == len(analysis.slices)
    assert [a["class"] == "called" for a in bars] == [
        s.decision == "tumour" for s in analysis.slices
    ]
    heights = [float(a["height"]) for a in bars]
    assert heights == pytest.approx([max(1.5, 140 * s.probability) for s in analysis.slices], abs=1)


def test_what_looks_like_markup_is_shown_as_text():
    analysis = lesions((0.8, 1.3))
    study = replace(analysis.study, study_id='<b>&amp;"x')
    odd = replace(
        analysis, study=study, warnings=(message("text", text="<script>alert(1)</script>"),)
    )
    text = page(study_content(odd, wording("en")), wording("en"))
    assert "<script" not in text and "<b>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "&lt;b&gt;&amp;amp;" in text


def test_equal_analyses_are_equal_bytes(tmp_path):
    content = study_content(lesions((0.8, 1.3)), wording("ru"))
    for name in ("one.html", "two.html"):
        write_html(content, tmp_path / name, "ru")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_a_name_cannot_turn_the_line_round():
    words = wording("en")
    content = study_content(lesions((0.8, 1.3)), words, (("name", "محمد\u202etxt.\u2066"),))
    text = page(content, words)
    assert "محمد[U+202E]txt.[U+2066]" in text
    assert not set("\u202e\u2066") & set(text)
