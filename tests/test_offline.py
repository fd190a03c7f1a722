"""`make offline` without a network: what is collected, what is named as missing, who installs it.

`make offline-check` builds a real bundle and installs it where there is no network.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools import offline, offline_check

ROOT = Path(__file__).parents[1]
PARTS = ROOT / "deploy" / "offline"
OWN = "glioscope-0.1.0-py3-none-any.whl"
ALIKE, COMPILED = "idna-3.20-py3-none-any.whl", "scipy-1.18.1-cp312-cp312-win_amd64.whl"


def test_a_platform_is_a_system_with_or_without_a_python() -> None:
    assert offline.platforms([]) == {key: list(offline.PYTHONS) for key in offline.SYSTEMS}
    words = ["windows-x86_64", "linux-arm64-3.13", "linux-arm64-3.11", "linux-arm64-3.13"]
    found = {"windows-x86_64": list(offline.PYTHONS), "linux-arm64": ["3.11", "3.13"]}
    assert offline.platforms(words) == found


@pytest.mark.parametrize("word", ["linux", "linux-x86_64-3.10", "beos-x86_64", "3.11", ""])
def test_what_is_no_platform_is_named(word: str) -> None:
    with pytest.raises(offline.CollectError, match=f"no platform '{word}': expected .*windows"):
        offline.platforms([word])


@pytest.mark.parametrize("kind", ["linux", "macos", "windows"])
@pytest.mark.parametrize("machine", ["x86_64", "arm64"])
def test_every_system_that_we_promise_is_known(kind: str, machine: str) -> None:
    assert offline.SYSTEMS[f"{kind}-{machine}"]


def test_this_computer_is_one_of_them() -> None:
    system, python = offline_check.this_platform()
    assert offline.platforms([f"{system}-{python}"]) == {system: [python]}


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch):
    """An index that lacks some wheels; pip tells of the first that it misses, and stops."""

    def has(*lacking: str, broken: bool = False) -> None:
        def run(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
            wanted = [word for word in words if "==" in word]
            said = "".join(
                f"ERROR: Could not find a version that satisfies the requirement {pin} (from "
                f"versions: none)\nERROR: No matching distribution found for {pin}\n"
                for pin in [pin for pin in wanted if pin in lacking][:1]
            )
            if broken:
                said = "ERROR: Could not fetch URL"
            elif not said:
                folder = Path(words[words.index("--dest") + 1])
                for name in (ALIKE, COMPILED):
                    (folder / name).write_text(name)
            return subprocess.CompletedProcess(words, bool(said), "", said)

        monkeypatch.setattr("tools.offline.subprocess.run", run)

    monkeypatch.setattr("tools.offline.pins", lambda *_: (["a==1", "b==2", "c==3"], []))
    return has


def test_each_package_without_a_wheel_is_named(index, tmp_path: Path) -> None:
    index("a==1", "c==3")
    assert offline.download(["a==1", "b==2", "c==3"], "macos-x86_64", "3.12", tmp_path) == [
        "a==1",
        "c==3",
    ]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", (["a==1", "b==2"], [])),
        (
            "onnxruntime==1.32.0 has no wheels with a matching platform",
            ([], ["onnxruntime==1.32.0"]),
        ),
        (
            "so b{implementation_name != 'pypy'}==3.3.9 has no wheels with a matching platform tag",
            ([], ["b==3.3.9"]),
        ),
    ],
)
def test_what_comes_as_wheels_alone_is_named_too(monkeypatch, said, found) -> None:
    def run(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, bool(said), "" if said else "a==1\nb==2\n", said)

    monkeypatch.setattr("tools.offline.subprocess.run", run)
    assert offline.pins("macos-x86_64", "3.12") == found


def test_an_index_that_cannot_be_reached_is_an_error(index, tmp_path: Path) -> None:
    index(broken=True)
    with pytest.raises(offline.CollectError, match="Could not fetch URL"):
        offline.download(["a==1"], "linux-x86_64", "3.12", tmp_path)


def test_a_bundle_holds_all_that_it_needs(index, tmp_path: Path) -> None:
    own, out = tmp_path / OWN, tmp_path / "out"
    own.write_text("ours")
    out.mkdir()
    index()
    for _ in range(2):  # the second takes the place of the first
        bundle, without = offline.collect("windows-x86_64", ["3.11", "3.12"], own, out)
    assert not without and [p.name for p in out.iterdir()] == [bundle.name]
    assert {p.name for p in (bundle / "wheels").iterdir()} == {OWN, ALIKE, COMPILED}
    digest = hashlib.sha256(b"ours").hexdigest()
    lines = (bundle / "requirements-3.12.txt").read_text("utf-8").splitlines()
    assert lines[0] == f"glioscope==0.1.0 --hash=sha256:{digest}" and len(lines) == 3
    sums = dict(
        reversed(line.split("  ")) for line in (bundle / "SHA256SUMS").read_text().splitlines()
    )
    files = [p for p in bundle.rglob("*") if p.is_file() and p.name != "SHA256SUMS"]
    assert sums == {
        p.relative_to(bundle).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }
    assert {p.name for p in PARTS.iterdir()} <= {p.name for p in files}


def test_a_python_that_lacks_a_wheel_stands_in_no_bundle(index, tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("ours")
    out = tmp_path / "out"
    out.mkdir()
    index("b==2")
    bundle, without = offline.collect("windows-arm64", ["3.11"], tmp_path / OWN, out)
    assert without == ["windows-arm64-3.11: no wheel of b==2"]
    assert not bundle.exists() and not list(out.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="the script of POSIX")
def test_a_bundle_of_another_python_says_which_is_needed(tmp_path: Path) -> None:
    for part in PARTS.iterdir():
        shutil.copy(part, tmp_path)
    (tmp_path / "requirements-3.99.txt").touch()
    words = ["sh", str(tmp_path / "install.sh"), str(tmp_path / "there")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and not (tmp_path / "there").exists()
    assert "error: Python 3.99 is needed" in done.stdout
    assert "ошибка: нужен Python 3.99" in done.stdout


def test_both_scripts_call_the_same_program() -> None:
    script = (PARTS / "install.bat").read_bytes()
    assert script.isascii() and script.count(b"\r\n") == script.count(b"\n")
    assert script.count(rb'"%~dp0install.py" %*') == 2
    labels = re.findall(rb"^:(\w+)\r$", script, re.MULTILINE)
    assert sorted(labels) == sorted(set(re.findall(rb"goto (\w+)", script)))
    assert '"$here/install.py" "$@"' in (PARTS / "install.sh").read_text("utf-8")
