"""Hook of MkDocs: pages for the Python interface, made from the code when the site is built."""

from collections.abc import Iterator
from typing import Any

from mkdocs.structure.files import File, Files
from tools.imports import PACKAGE, modules

import glioscope

FOLDER = "python"
TOP = "public names"


def on_config(config: Any) -> None:
    """Put the pages at the end of the nav."""
    pages = [{title: f"{FOLDER}/{_file(title)}"} for title in (TOP, *_rooms())]
    config.nav.append({"Python": pages})


def on_files(files: Files, config: Any) -> None:
    """Add the pages: what `import glioscope` offers, and every module of each room."""
    _add(files, config, TOP, [*_public()])
    for room, names in _rooms().items():
        _add(files, config, room, [f"::: {name}\n" for name in names])


def _add(files: Files, config: Any, title: str, lines: list[str]) -> None:
    text = "\n".join([f"# {title}\n", *lines])
    files.append(File.generated(config, f"{FOLDER}/{_file(title)}", content=text))


def _public() -> Iterator[str]:
    """A line for each public name, which leads to where it is described."""
    for name in glioscope.__all__:
        home = getattr(getattr(glioscope, name), "__module__", "")
        if home.startswith(PACKAGE):
            says = (getattr(glioscope, name).__doc__ or "").partition("\n")[0]
            yield f"- [`{name}`][{home}.{name}]: {says}"


def _rooms() -> dict[str, list[str]]:
    """Room and the dotted names of its modules, itself first."""
    rooms: dict[str, list[str]] = {}
    for room, name in _modules():
        rooms.setdefault(room, []).append(name)
    return rooms


def _modules() -> Iterator[tuple[str, str]]:
    for name in modules():
        parts = name.split(".")
        if len(parts) > 1 and parts[1] != "__main__":
            yield f"{PACKAGE}.{parts[1]}", name


def _file(title: str) -> str:
    return f"{title.removeprefix(f'{PACKAGE}.').replace(' ', '_')}.md"
