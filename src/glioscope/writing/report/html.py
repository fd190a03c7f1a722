"""`report.html`: the same report as one page that needs nothing beside it, for screen and paper.

Pictures stand inside it, letters are those of the system, and nothing is fetched or run.
"""

import base64
from datetime import datetime
from html import escape
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from glioscope.analysis import Analysis
from glioscope.files import atomic_text
from glioscope.writing.report.blocks import (
    Block,
    Chart,
    Content,
    Facts,
    Pictures,
    Prose,
    Section,
    Table,
)
from glioscope.writing.report.html_chart import chart
from glioscope.writing.slice_pictures import Slices, slices_of, tile
from glioscope.writing.wording import Wording, wording

_PICTURE_PIXELS = 480


def write_html(content: Content, path: Path, lang: str, produced: datetime | None = None) -> None:
    """Write the page; equal arguments give equal bytes. `produced` as for the PDF.

    Raises:
        UsageError: another language than ru or en.
    """
    atomic_text(path, page(content, wording(lang), produced))


def page(content: Content, words: Wording, produced: datetime | None = None) -> str:
    """The whole page as text."""
    pictures = slices_of(content.analysis).crop() if content.analysis else None
    sections = "\n".join(_section(s, content.analysis, pictures, words) for s in content.sections)
    date = words("report.produced", date=words.date(produced)) if produced else ""
    notice, tone = escape(words("notice")), "alarm" if content.alarm else "calm"
    lines = "".join(_prose(line) for line in content.lines)
    return f"""<!DOCTYPE html>
<html lang="{words.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(content.title)}: {escape(content.name)}</title>
<style>
{_css(words)}</style>
</head>
<body>
<p class="notice">{notice}</p>
<header class="{tone}">
<p class="title">{escape(content.title)}</p>
<h1>{escape(content.headline)}</h1>
{lines}
</header>
{sections}
<footer><span>{escape(content.name)}</span><span>{escape(date)}</span></footer>
<p class="notice">{notice}</p>
</body>
</html>
"""


def _css(words: Wording) -> str:
    """The style sheet, with the notice for the head of every printed page."""
    text = (files("glioscope.writing.report") / "report.css").read_text(encoding="utf-8")
    return text.replace("NOTICE", words("notice"))


def _section(
    section: Section, analysis: Analysis | None, pictures: Slices | None, words: Wording
) -> str:
    blocks = "\n".join(_block(b, analysis, pictures, words) for b in section.blocks)
    return f"<section>\n<h2>{escape(section.title)}</h2>\n{blocks}\n</section>"


def _block(block: Block, analysis: Analysis | None, pictures: Slices | None, words: Wording) -> str:
    match block:
        case Prose():
            return _prose(block)
        case Facts():
            return _facts(block)
        case Table():
            return _table(block)
        case Pictures() if pictures is not None:
            return _pictures(block, pictures)
        case Chart() if analysis is not None:
            return chart(analysis, words)
    return ""


def _prose(block: Prose) -> str:
    small = " small" if block.small else ""
    return f'<p class="{block.tone}{small}">{escape(block.text)}</p>'


def _facts(block: Facts) -> str:
    rows = (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in block.rows)
    return f"<dl>{''.join(rows)}</dl>"


def _table(block: Table) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in block.titles)
    rows = ("".join(f"<td>{_cell(cell)}</td>" for cell in row) for row in block.rows)
    body = "".join(f"<tr>{row}</tr>\n" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>"


def _cell(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _pictures(block: Pictures, slices: Slices) -> str:
    shown = []
    for index, caption in block.slices:
        data = BytesIO()
        tile(slices, index, _PICTURE_PIXELS, _PICTURE_PIXELS).save(data, "PNG")
        text, inside = escape(caption), base64.b64encode(data.getvalue()).decode("ascii")
        image = f'<img alt="{text}" src="data:image/png;base64,{inside}">'
        shown.append(f"<figure>{image}<figcaption>{text}</figcaption></figure>")
    return f'<div class="pictures">{"".join(shown)}</div>'
