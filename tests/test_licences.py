"""What an installation brings may be used under Apache-2.0: no GPL, and no licence unknown."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]

# LGPL is a library's licence: fpdf2 is used as it is, from its own package. Python and Pillow have
# licences of their own.
_FREE = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|PSF|PSFL|Python Software Foundation|HPND|MPL|Mozilla"
    r"|LGPL|Lesser General Public|Zlib|CC0|Unlicense)\b",
    re.IGNORECASE,
)
# Packages that name no licence in their metadata, and where they do.
_ELSEWHERE = {"namex": "Apache-2.0"}  # LICENSE of github.com/fchollet/namex
_BOUND = re.compile(r"\b(A?GPL|GNU General Public|Affero|Proprietary|SSPL|CC-BY-NC)", re.IGNORECASE)


def is_free(licences: list[str]) -> bool:
    """Whether every licence named is one that Apache-2.0 goes with, and one is named at all."""
    named = [text for text in licences if text]
    return bool(named) and all(_FREE.search(t) and not _BOUND.search(t) for t in named)


def licences_of(name: str) -> list[str]:
    """What a package says of itself: the expression, or the classifiers, or its free text."""
    if name in _ELSEWHERE:
        return [_ELSEWHERE[name]]
    meta = distribution(name).metadata
    if expression := meta.get("License-Expression"):
        return [expression]
    classifiers = [c for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    return classifiers or [(meta.get("License") or "").split("\n")[0]]


def needed(extra: str = "") -> set[str]:
    """Names of all packages that an installation of this checkout brings, or that `extra` adds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["optional-dependencies"][extra] if extra else project["dependencies"]
    todo = [Requirement(text) for text in wanted]
    found: set[str] = set()
    while todo:
        one = todo.pop()
        name = canonicalize_name(one.name)
        if name in found:
            continue
        found.add(name)
        for text in distribution(name).requires or []:
            further = Requirement(text)
            extras = one.extras or {""}
            if not further.marker or any(further.marker.evaluate({"extra": e}) for e in extras):
                todo.append(further)
    return found


@pytest.mark.parametrize(
    "extra", ["", "cluster", "server", "train"], ids=["runtime", "cluster", "server", "train"]
)
def test_every_dependency_is_free_and_locked(extra: str) -> None:
    try:
        names = needed(extra)
    except PackageNotFoundError as error:
        if not extra:
            raise
        pytest.skip(f"the extra {extra} is not installed: {error}")
    locked = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    versions = {canonicalize_name(line.split("==")[0]) for line in locked if "==" in line}
    assert names <= versions, f"run `make lock`: {sorted(names - versions)}"
    bound = {name: licences_of(name) for name in sorted(names) if not is_free(licences_of(name))}
    assert not bound


def test_the_check_sees_what_may_not_be_used() -> None:
    gpl = "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"
    assert not is_free([gpl])
    assert not is_free(["GPL V3.0"])
    assert not is_free(["AGPL-3.0-only"])
    assert not is_free(["License :: OSI Approved :: MIT License", gpl])
    assert not is_free([""])
    assert is_free(["LGPL-3.0-only"])
    assert is_free(["License :: OSI Approved :: BSD License"])
