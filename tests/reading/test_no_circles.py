"""No file of the readers imports another that imports it back, not even inside a function."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import glioscope

SOURCE = Path(glioscope.__file__).parent
ROOMS = ("reading", "phantom", "datasets")


def graph() -> dict[str, set[str]]:
    """Each module of the rooms with the modules of the rooms that it imports."""
    paths = [path for room in ROOMS for path in (SOURCE / room).rglob("*.py")]
    names = {"glioscope." + ".".join(p.relative_to(SOURCE).with_suffix("").parts): p for p in paths}
    return {name: imported(path) & set(names) for name, path in names.items()}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_no_file_imports_one_that_imports_it_back() -> None:
    found = graph()
    assert sum(map(len, found.values())) > 40
    TopologicalSorter(found).prepare()


def test_a_circle_would_be_found() -> None:
    found = graph()
    found["glioscope.reading.containers.entry"] = {"glioscope.reading.containers.folder"}
    with pytest.raises(CycleError):
        TopologicalSorter(found).prepare()
