"""Bundles that install glioscope without a network: `python -m tools.offline [PLATFORM…]`.

A platform is a system with a Python, as `linux-x86_64-3.11`, or a system with each of them, as
`windows-x86_64`; without one all are collected. A folder for each system holds wheels of the
releases that constraints.txt names, with the workplace and the node (extra `pacs`), our own wheel,
and what installs them. A package without a wheel for a platform is named, and the platform then
stands in no bundle.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.utils import parse_wheel_filename

import glioscope

ROOT = Path(__file__).parents[1]
PARTS, UNITS = ROOT / "deploy" / "offline", ROOT / "deploy" / "systemd"
SUMS = "SHA256SUMS"
PYTHONS = ("3.11", "3.12", "3.13")
# glibc that wheels for Linux may ask for: Astra Linux 1.7, RED OS 7.3, RHEL 8 and Debian 10 have
# 2.28. What is newer takes the same wheels.
_GLIBC = range(28, 16, -1)
# The oldest macOS that every package still has wheels for.
_MACOS = "14.0"


def _linux(machine: str) -> tuple[str, ...]:
    return (*(f"manylinux_2_{minor}_{machine}" for minor in _GLIBC), f"manylinux2014_{machine}")


def _macos(machine: str) -> str:
    return f"macosx_{_MACOS.replace('.', '_')}_{machine}"


# What uv calls a system when it decides which packages it needs, and tags of its wheels.
SYSTEMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "linux-x86_64": ("x86_64-manylinux_2_28", _linux("x86_64")),
    "linux-arm64": ("aarch64-manylinux_2_28", _linux("aarch64")),
    "macos-x86_64": ("x86_64-apple-darwin", (_macos("x86_64"),)),
    "macos-arm64": ("aarch64-apple-darwin", (_macos("arm64"),)),
    "windows-x86_64": ("x86_64-pc-windows-msvc", ("win_amd64",)),
    "windows-arm64": ("aarch64-pc-windows-msvc", ("win_arm64",)),
}
# As pip says it, and uv of packages that come as wheels alone.
_NO_WHEEL = re.compile(r"No matching distribution found for (\S+?)(?: \(|$)", re.MULTILINE)
_NO_SOURCE = re.compile(r"([\w.-]+)(?:\{[^}]*\})?==(\S+) has no wheels with a matching platform")


class CollectError(Exception):
    """Nothing can be collected; the text says why."""


def platforms(words: Sequence[str]) -> dict[str, list[str]]:
    """Pythons of each system that the words name; without words, all.

    Raises:
        CollectError: a word names no platform.
    """
    found: dict[str, list[str]] = {}
    for word in words or SYSTEMS:
        system, _, python = word.rpartition("-")
        if word in SYSTEMS:
            found[word] = list(PYTHONS)
        elif system in SYSTEMS and python in PYTHONS:
            found.setdefault(system, []).append(python)
        else:
            raise CollectError(
                f"no platform {word!r}: expected one of {', '.join(SYSTEMS)}, or one of them "
                f"with -{', -'.join(PYTHONS)}"
            )
    return {system: sorted(set(pythons)) for system, pythons in found.items()}


def pins(system: str, python: str) -> tuple[list[str], list[str]]:
    """`name==version` of all packages that this system needs, by constraints.txt.

    Also those for which there is no wheel, as far as that shows here: then the first list is empty.

    Raises:
        CollectError: no such set of packages, or the index cannot be reached.
    """
    words = [sys.executable, "-m", "uv", "pip", "compile", str(ROOT / "pyproject.toml"), "--quiet"]
    words += ["--no-config", "--no-annotate", "--no-header", "--extra", "pacs"]
    words += ["--constraint", str(ROOT / "constraints.txt")]
    words += ["--python-platform", SYSTEMS[system][0], "--python-version", python]
    environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": _MACOS}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    without = [f"{name}=={version}" for name, version in _NO_SOURCE.findall(done.stderr)]
    if done.returncode and not without:
        raise CollectError(done.stderr.strip())
    return done.stdout.split(), without


def download(pinned: Sequence[str], system: str, python: str, folder: Path) -> list[str]:
    """Put the wheels of these packages into `folder`; returns those that have none.

    Raises:
        CollectError: anything else went wrong, as an index that cannot be reached.
    """
    words = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    words += ["--no-deps", "--only-binary", ":all:", "--implementation", "cp"]
    words += ["--python-version", python, "--dest", str(folder)]
    for tag in SYSTEMS[system][1]:
        words += ["--platform", tag]
    wanted, without = list(pinned), list[str]()
    while wanted:
        done = subprocess.run([*words, *wanted], capture_output=True, text=True, check=False)
        if not done.returncode:
            break
        # pip tells of the first alone.
        missing = _NO_WHEEL.findall(done.stderr)
        if not set(missing) & set(wanted):
            raise CollectError(done.stderr.strip())
        without += missing
        wanted = [pin for pin in wanted if pin not in missing]
    return without


def own_wheel(folder: Path) -> Path:
    """Our wheel, built by the releases that constraints.txt names."""
    words = [sys.executable, "-m", "uv", "build", "--wheel", "--quiet", "--no-config", str(ROOT)]
    words += ["--build-constraint", str(ROOT / "constraints.txt"), "--out-dir", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CollectError(done.stderr.strip())
    return next(folder.glob("glioscope-*.whl"))


def requirements(wheels: Iterable[Path]) -> str:
    """Lines that have pip install exactly these files, each by its hash."""
    lines: list[str] = []
    for wheel in sorted(wheels):
        name, version, *_ = parse_wheel_filename(wheel.name)
        lines.append(f"{name}=={version} --hash=sha256:{_hash(wheel)}\n")
    return "".join(lines)


def collect(system: str, pythons: Sequence[str], own: Path, out: Path) -> tuple[Path, list[str]]:
    """Write the bundle of a system into `out`; returns its folder and what has no wheel.

    It appears whole, in the place of an older one. A Python for which a wheel is missing is left
    out of it; where that leaves none, no folder is there.
    """
    target = out / f"glioscope-{glioscope.__version__}-{system}"
    without: list[str] = []
    with TemporaryDirectory(dir=out, prefix=".") as made:
        bundle = Path(made) / target.name
        wheels = bundle / "wheels"
        wheels.mkdir(parents=True)
        for python in pythons:
            with TemporaryDirectory(dir=made) as aside:
                wanted, missing = pins(system, python)
                missing += download(wanted, system, python, Path(aside))
                if missing:
                    without.append(f"{system}-{python}: no wheel of {', '.join(missing)}")
                    continue
                found = [own, *Path(aside).glob("*.whl")]
                text = requirements(found)
                (bundle / f"requirements-{python}.txt").write_text(text, "utf-8", newline="\n")
                for wheel in found:
                    shutil.copyfile(wheel, wheels / wheel.name)
        shutil.rmtree(target, ignore_errors=True)
        if any(wheels.iterdir()):
            for part in PARTS.iterdir():
                shutil.copy(part, bundle)
            if system.startswith("linux"):
                shutil.copytree(UNITS, bundle / UNITS.name)
            (bundle / SUMS).write_text(sums(bundle), "utf-8", newline="\n")
            bundle.rename(target)
    return target, without


def sums(bundle: Path) -> str:
    """Lines for `sha256sum --check`, one for each file but the sums themselves."""
    files = sorted(p for p in bundle.rglob("*") if p.is_file() and p.name != SUMS)
    return "".join(f"{_hash(p)}  {p.relative_to(bundle).as_posix()}\n" for p in files)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> int:
    """The command; leaves with 1 where a platform that was asked for stands in no bundle."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "out" / "offline")
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    without: list[str] = []
    try:
        wanted = platforms(given.platforms)
        with TemporaryDirectory() as folder:
            own = own_wheel(Path(folder))
            for system, pythons in wanted.items():
                target, missing = collect(system, pythons, own, given.output)
                without += missing
                if target.exists():
                    size = sum(p.stat().st_size for p in target.rglob("*")) / 1e6
                    print(f"{target.name}: {size:.0f} MB", flush=True)
    except CollectError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for line in without:
        print(f"not collected: {line}", file=sys.stderr)
    return 1 if without and given.platforms else 0


if __name__ == "__main__":
    sys.exit(main())
