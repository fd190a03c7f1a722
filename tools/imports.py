"""Who imports whom inside glioscope, read from the source without running it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "glioscope"


def modules(source: Path = ROOT / "src") -> dict[str, Path]:
    """Dotted name and file of every module, packages among them by their `__init__.py`.

    What lies in a folder without one, as the steps of a migration do, is no module.
    """
    found = {}
    for path in sorted((source / PACKAGE).rglob("*.py")):
        if not path.with_name("__init__.py").exists():
            continue
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(found: dict[str, Path]) -> dict[str, set[str]]:
    """What each module of `found` imports of the others, inside functions too.

    Imports under `if TYPE_CHECKING:` do not count: they never run.
    """
    return {name: set(_imported(path, name, found)) - {name} for name, path in found.items()}


def _imported(path: Path, name: str, found: dict[str, Path]) -> Iterator[str]:
    for node in _that_runs(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in found)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, name, path)
            for alias in node.names:
                below = f"{base}.{alias.name}"
                yield from [x for x in (below if below in found else base,) if x in found]


def _that_runs(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        below: Iterator[ast.AST] = iter(node.orelse)
    else:
        below = ast.iter_child_nodes(node)
    for child in below:
        yield from _that_runs(child)


def _absolute(node: ast.ImportFrom, name: str, path: Path) -> str:
    """The dotted name that `from … import` starts at, its leading dots resolved."""
    if not node.level:
        return node.module or ""
    package = name.split(".")[: None if path.name == "__init__.py" else -1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def between_rooms(found: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same one level below the package: `reading` imports `volume`, say."""
    rooms: dict[str, set[str]] = {}
    for name, targets in found.items():
        if room := _room(name):
            rooms.setdefault(room, set()).update(r for t in targets if (r := _room(t)))
    return {room: targets - {room} for room, targets in rooms.items()}


def _room(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] != "__main__" else ""


def circles(found: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that each reach every other of their group, by name; empty when none."""
    reach = {name: _reached(name, found) for name in found}
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach[other]))
        for name in found
        if name in reach[name]
    }
    return [list(group) for group in sorted(groups)]


def _reached(name: str, found: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [*found.get(name, ())]
    while waiting:
        if (step := waiting.pop()) not in seen:
            seen.add(step)
            waiting += found.get(step, ())
    return seen


def without_shortcuts(found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Only the arrows that no longer way replaces (transitive reduction); needs no circles."""
    reach = {name: _reached(name, found) for name in found}
    return {
        name: {t for t in targets if not any(t in reach.get(o, ()) for o in targets - {t})}
        for name, targets in found.items()
    }
