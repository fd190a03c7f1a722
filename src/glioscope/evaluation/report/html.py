"""HTML from the templates of this room; every text that is filled in is escaped."""

import base64
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def filled(template: str, **values: object) -> Markup:
    """The template with its values; what is Markup already stands as it is."""
    return Markup(_environment().get_template(template).render(**values))


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("glioscope.evaluation.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # Jinja leaves the type of its filters open.
    found.filters["base64"] = _base64  # pyright: ignore[reportUnknownMemberType]
    return found


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
