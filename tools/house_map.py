"""Write docs/house.md, the map of the house, from the code: `make map`."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tools.imports import PACKAGE, ROOT, between_rooms, imports, modules, without_shortcuts

PAGE = ROOT / "docs" / "house.md"
HEAD = """\
# The house

`make map` writes this page from the code; a test fails when it is stale. A room imports only what
stands below it ([decision 0001](decisions/0001-house-and-layers.md)). An arrow is an import; one
that a longer way replaces is left out of the picture and stands in the table.
"""


def page(source: Path = ROOT / "src") -> str:
    """The text of docs/house.md for the modules under `source`."""
    found = modules(source)
    rooms = between_rooms(imports(found))
    return "\n".join([HEAD, *_picture(rooms), *_table(rooms, found), *_rooms(found)]) + "\n"


def _picture(rooms: dict[str, set[str]]) -> Iterator[str]:
    yield "```mermaid\nflowchart TD"
    arrows = without_shortcuts(rooms)
    for room in _ordered(rooms):
        yield f"    {room}"
        yield from (f"    {room} --> {below}" for below in _ordered(arrows[room]))
    yield "```\n"


def _table(rooms: dict[str, set[str]], found: dict[str, Path]) -> Iterator[str]:
    yield "| room | holds | imports |"
    yield "|---|---|---|"
    for room in _ordered(rooms):
        below = ", ".join(f"`{name}`" for name in _ordered(rooms[room]))
        yield f"| `{room}` | {sentence(found[f'{PACKAGE}.{room}'])} | {below} |"
    yield ""


def _rooms(found: dict[str, Path]) -> Iterator[str]:
    """A table of its modules for every package, from the top of the house down."""
    packages = {n for n, path in found.items() if path.name == "__init__.py" and n != PACKAGE}
    for package in sorted(packages, key=lambda name: (_place(name.split(".")[1]), name)):
        yield f"## {package.removeprefix(PACKAGE + '.').replace('.', '/')}\n"
        yield f"{sentence(found[package])}\n"
        yield "| module | holds |"
        yield "|---|---|"
        for name in inside(package, found):
            yield f"| `{name}` | {sentence(found[f'{package}.{name}'])} |"
        yield ""


def inside(package: str, found: dict[str, Path]) -> list[str]:
    """Names of the modules and packages that lie directly in `package`."""
    return sorted(name.rpartition(".")[2] for name in found if name.rpartition(".")[0] == package)


def docstring(path: Path) -> str:
    """The module's docstring; "" without one."""
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


def sentence(path: Path) -> str:
    """The first paragraph of the module's docstring on one line, fit for a table."""
    return " ".join(docstring(path).partition("\n\n")[0].split()).replace("|", "\\|")


def _ordered(rooms: dict[str, set[str]] | set[str]) -> list[str]:
    return sorted(rooms, key=lambda room: (_place(room), room))


def _place(room: str) -> int:
    """Row of the room in import-linter's layers, from the top; what has no place comes last."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    rows = [row.replace(":", "|").replace(" ", "").split("|") for row in layers]
    return next((at for at, row in enumerate(rows) if room in row), len(rows))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
