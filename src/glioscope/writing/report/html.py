"""`report.html`: the same report as one page that needs nothing beside it, for screen and paper.

Pictures stand inside it, letters are those of the system, and nothing is fetched or run. The page
is `templates/page.html.j2`; every text in it is escaped by Jinja.
"""

import base64
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from glioscope.files import atomic_text
from glioscope.writing.report.blocks import Block, Content
from glioscope.writing.report.chart import legend, strip_chart
from glioscope.writing.report.letters import visible
from glioscope.writing.report.slice_labels import slices_axis
from glioscope.writing.slice_pictures import PNG_LEVEL, Slices, slices_of, tile
from glioscope.writing.wording import Wording, wording

_PICTURE_PIXELS = 480


def write_html(content: Content, path: Path, lang: str) -> None:
    """Write the page; equal arguments give equal bytes.

    Raises:
        UsageError: another language than ru or en.
    """
    atomic_text(path, page(content, wording(lang)))


def page(content: Content, words: Wording) -> str:
    """The whole page as text."""
    analysis = content.analysis
    pictures = slices_of(analysis).crop() if analysis else None

    def picture(index: int) -> str:
        return _picture(pictures, index) if pictures else ""

    return page_template("glioscope.writing.report", "page.html.j2").render(
        content=content,
        words=words,
        css=_css(words),
        kind_of=_kind_of,
        picture=picture,
        # Made of numbers and escaped by the library that wrote it.
        drawing=Markup(strip_chart(analysis, words)) if analysis else "",
        axis=slices_axis(analysis, words) if analysis else "",
        legend=legend(analysis, words) if analysis else (),
    )


def _kind_of(block: Block) -> str:
    return type(block).__name__


@cache
def page_template(package: str, name: str) -> Template:
    """A page in the folder `templates` of a package: every text in it is escaped and visible."""
    found = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return found.get_template(name)


def _shown(value: object) -> object:
    """What an expression gives, without characters that turn the rest of a line round."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _css(words: Wording) -> Markup:
    """The style sheet, with the notice for the head of every printed page."""
    text = (files("glioscope.writing.report") / "report.css").read_text(encoding="utf-8")
    return Markup(text.replace("NOTICE", words("notice")))


def _picture(slices: Slices, index: int) -> str:
    """A slice as a PNG in base64."""
    data = BytesIO()
    picture = tile(slices, index, _PICTURE_PIXELS, _PICTURE_PIXELS)
    picture.save(data, "PNG", compress_level=PNG_LEVEL)
    return base64.b64encode(data.getvalue()).decode("ascii")
