"""The house is in order: its map is true, rooms say what they hold, no room is full, no circles."""

import re
import tomllib
from pathlib import Path

import pytest
from tools.house_map import PAGE, docstring, inside, page
from tools.imports import PACKAGE, ROOT, circles, imports, modules, without_shortcuts

FOUND = modules()
PACKAGES = [n for n, path in FOUND.items() if path.name == "__init__.py" and n != PACKAGE]
MOST_MODULES = 14
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
# Tests of no single module: what they test instead.
NOT_MIRRORED = {
    "bench/": "programs beside the package",
    "fuzz/test_readers.py": "all readers on damaged files",
    "cli/archive/sources/test_s3.py": "cli.archive.sources.objects with a server of S3",
    "cli/test_analyze_compared.py": "cli.analyze, its comparison with an earlier study",
    "cli/test_analyze_dicom.py": "cli.analyze, its DICOM half",
    "cli/test_habits.py": "what all commands share",
    "reading/dicom/test_said_in_russian.py": "what is said of series and studies, in Russian",
    "reading/test_research_volume.py": "how a foreign volume comes through all readers",
    "reading/test_said_in_russian.py": "what the readers say, in Russian",
    "server/api/reading/test_blind.py": "the blind rule over every route",
    "server/api/reading/test_without_model.py": "studies that the model is not asked about",
    "server/api/test_hostile.py": "what a hostile study brings, through the whole server",
    "server/browser/": "the pages in a real browser",
    "server/test_every_request.py": "the API against its own description",
    "server/test_generated_client.py": "a client made from the API's description",
    "server/test_javascript.py": "the scripts of the pages, by their own tests",
    "test_ablation.py": "bench/ablation",
    "test_docs.py": "the documentation",
    "test_examples.py": "the examples of the public names",
    "test_licences.py": "licences of what an installation brings",
    "test_strangers.py": "tools/strangers",
    "test_house_map.py": "the tree",
    "test_import.py": "what an import loads",
    "test_layers.py": "who may import whom",
    "test_readme.py": "the README",
    "test_shipped.py": "the bundle that ships",
    "test_deploy.py": "deploy/",
    "test_offline.py": "tools/offline",
    "test_windows.py": "a process without what only POSIX has",
    "training/loop/on_jax/": "run by test_on_jax, with Keras on JAX",
    "training/on_device/on_jax/": "run by test_on_jax, with Keras on JAX",
    "training/on_device/test_on_jax.py": "a process with Keras on JAX",
    "training/test_own_sets.py": "a set of one's own, from import to answer",
    "training/test_resume.py": "a run that was killed",
    "training/test_runs.py": "whole runs",
    "training/test_sites.py": "runs by site",
    "writing/test_adapters.py": "our DICOM read by OHIF's readers",
    "writing/test_air.py": "DICOM results against the profile AI Results",
    "writing/test_dcmqi.py": "our DICOM read by another library",
}


def test_the_map_is_of_this_house() -> None:
    assert PAGE.read_text("utf-8") == page(), "docs/house.md is stale: run `make map`"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_room_names_what_it_holds(package: str) -> None:
    """One line `- `name`: sentence` for each module, and none for one that is gone."""
    named = re.findall(r"^- `(\w+)`: \S", docstring(FOUND[package]), re.MULTILINE)
    assert sorted(named) == inside(package, FOUND)


@pytest.mark.parametrize("package", [PACKAGE, *PACKAGES])
def test_no_room_is_full(package: str) -> None:
    files = [n for n in inside(package, FOUND) if FOUND[f"{package}.{n}"].name != "__init__.py"]
    assert len(files) <= MOST_MODULES, files


@pytest.mark.parametrize("path", TESTS, ids=lambda p: p.relative_to(ROOT / "tests").as_posix())
def test_tests_mirror_the_tree(path: Path) -> None:
    name = path.relative_to(ROOT / "tests")
    tested = ROOT / "src" / PACKAGE / name.parent / name.name.removeprefix("test_")
    assert tested.is_file() or name.as_posix().startswith(tuple(NOT_MIRRORED)), (
        f"no src/{PACKAGE}/{name.parent}/{tested.name}"
    )


def test_exceptions_are_there() -> None:
    assert not [name for name in NOT_MIRRORED if not (ROOT / "tests" / name).exists()]


def test_the_package_is_strict() -> None:
    """Pyright passes in silence over a strict path that was renamed."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pyright"]
    assert config["strict"] == [f"src/{PACKAGE}"] and (ROOT / "src" / PACKAGE).is_dir()


def test_files_that_are_not_strict_are_listed() -> None:
    """Each opens with `# pyright: basic` and its framework, as docs/decisions/0021 has them."""
    text = (ROOT / "docs" / "decisions" / "0021-strict-types.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `(\S+\.py)` \| (\S.*) \|$", text, re.MULTILINE))
    package = ROOT / "src" / PACKAGE
    found: dict[str, str] = {}
    for path in sorted(package.rglob("*.py")):
        content = path.read_text("utf-8")
        if re.search(r"^# pyright: (?!ignore)", content, re.MULTILINE):
            first, reason, *_ = content.splitlines()
            assert first == "# pyright: basic", path
            found[path.relative_to(package).as_posix()] = reason
    assert sorted(found) == sorted(listed)
    assert not [
        name
        for name, frameworks in listed.items()
        if not all(one in found[name] for one in frameworks.split(" and "))
    ]


def test_no_circles() -> None:
    assert circles(imports(FOUND)) == []


def test_a_circle_is_seen(tmp_path: Path) -> None:
    """Inside a function too, but not where it never runs."""
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("", "utf-8")
    (folder / "a.py").write_text(f"def f():\n    from {PACKAGE} import b\n", "utf-8")
    (folder / "b.py").write_text("from .c import x\n", "utf-8")
    (folder / "c.py").write_text(f"import {PACKAGE}.a\n", "utf-8")
    (folder / "d.py").write_text(
        f"if TYPE_CHECKING:\n    from {PACKAGE} import e\n    import {PACKAGE}.e\n", "utf-8"
    )
    (folder / "e.py").write_text(f"import {PACKAGE}.d\n", "utf-8")
    found = circles(imports(modules(tmp_path)))
    assert found == [[f"{PACKAGE}.a", f"{PACKAGE}.b", f"{PACKAGE}.c"]]


def test_a_shortcut_is_left_out() -> None:
    assert without_shortcuts({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {
        "a": {"b"},
        "b": {"c"},
        "c": set(),
    }
