"""The documentation is true: links lead somewhere, commands parse, every option has its line."""

import inspect
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import typer
from tools import offline
from typer.main import get_command

from commands import PAGES, ROOT, check_glioscope, check_installing, commands_of, words_of
from glioscope.analysis import Analysis
from glioscope.analysis_parts import Finding, ModelInfo, PossibleMiss, SliceFinding
from glioscope.cli.main import app
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import Assessment, IntervalMargins
from glioscope.settings import Settings
from glioscope.training.config import (
    AugmentConfig,
    NetworkConfig,
    Teacher,
    TrainConfig,
    preset_names,
)

SHOWN = sorted({(page.name, line) for page in PAGES for line in commands_of(page)})
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def local_links(page: Path) -> Iterator[str]:
    for target in _LINK.findall(page.read_text("utf-8")):
        if "://" not in target:
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in local_links(page):
        path, _, heading = target.partition("#")
        found = page if not path else page.parent / path
        assert found.exists(), f"{target} does not exist"
        assert not heading or heading in anchors(found), f"{target} has no such heading"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_the_site_shows_every_page() -> None:
    """The nav of mkdocs.yml names each page under docs/, and no other."""
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    nav = re.findall(r"^ +- (?:.*: )?(\S+\.md)$", text, re.MULTILINE)
    pages = (p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md"))
    assert sorted(nav) == sorted(pages)


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    seen, waiting = {index}, [index]
    while waiting:
        page = waiting.pop()
        for target in local_links(page):
            found = (page.parent / target.partition("#")[0]).resolve()
            if found.suffix == ".md" and found.is_file() and found not in seen:
                seen.add(found)
                waiting.append(found)
    assert set((ROOT / "docs").rglob("*.md")) <= seen


@pytest.mark.parametrize(("page", "line"), SHOWN)
def test_every_shown_command_exists(page: str, line: str) -> None:
    words = words_of(line)
    program = Path(words[0]).name
    if program == "glioscope":
        check_glioscope(words[1:])
    elif program == "make":
        assert {word for word in words[1:] if "=" not in word} <= make_targets(), line
        assert all(offline.platforms(w[10:].split()) for w in words if w.startswith("PLATFORMS="))
    elif program == "pip":
        check_pip(words[1:])
    else:
        assert (
            (program, *words[1:])
            in {
                ("source", ".venv/bin/activate"),
                ("bash", ".ci/run"),
                ("pre-commit", "install"),
            }
            or is_bench(program, words)
            or check_installing(words)
        ), f"{page}: nothing checks {line!r}"


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))


def check_pip(words: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert words[0] == "install"
    extras = re.findall(r"\[(\w+)\]", " ".join(words))
    assert set(extras) <= set(project["optional-dependencies"])


def is_bench(program: str, words: list[str]) -> bool:
    return program == "python" and words[1].startswith("bench/") and (ROOT / words[1]).is_file()


@pytest.mark.parametrize(
    "line",
    ["analyze case -o out --no-such-option", "analyse case -o out", "analyze case", "data chekc x"],
)
def test_a_wrong_command_is_seen(line: str) -> None:
    with pytest.raises((AssertionError, typer.TyperException)):
        check_glioscope(words_of(line))


@pytest.mark.parametrize(
    "line",
    [
        "sudo -u glioscope /opt/glioscope/bin/glioscope serv",
        "sudo sh installer.sh /opt/glioscope",
        "sudo install -m 644 systemd/glioscope.service /etc/systemd/system",
        "systemctl enable glioscope-worker",
        "docker compose -f other.yaml up -d",
        "docker compose run --rm serve users list",
        "docker compose run --rm server user list",
        'schtasks /create /tr "C:/glioscope.exe serv"',
    ],
)
def test_a_wrong_step_of_an_installation_is_seen(line: str) -> None:
    with pytest.raises((AssertionError, typer.TyperException)):
        check_installing(words_of(line))


def options() -> Iterator[tuple[str, str]]:
    """(command, option or argument) of the whole command line."""

    def walk(command, name: str) -> Iterator[tuple[str, str]]:
        for param in command.params:
            words = param.opts if param.param_type_name == "option" else [param.name]
            long = max(words, key=len)
            if long not in {"--help", "--install-completion", "--show-completion"}:
                yield name, long
        for below, child in getattr(command, "commands", {}).items():
            yield from walk(child, f"{name} {below}")

    yield from walk(get_command(app), "glioscope")


@pytest.mark.parametrize(("command", "option"), [*options()])
def test_every_option_stands_in_the_reference(command: str, option: str) -> None:
    text = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    section = re.search(rf"^## `{command}`$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"cli.md has no section for {command}"
    word = f"`{option}`" if option.startswith("-") else f"`{option.upper()}"
    assert word in section[1], f"cli.md does not name {option} of {command}"


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("analysis-json.md", SliceFinding),
        ("analysis-json.md", Finding),
        ("analysis-json.md", PossibleMiss),
        ("analysis-json.md", ModelInfo),
        ("bundle.md", Plan),
        ("bundle.md", Assessment),
        ("bundle.md", IntervalMargins),
        ("settings.md", Settings),
        ("training.md", AugmentConfig),
        ("training.md", NetworkConfig),
        ("training.md", Teacher),
        ("training.md", TrainConfig),
    ],
)
def test_every_field_stands_in_the_reference(page: str, kind: type) -> None:
    text = (ROOT / "docs" / "reference" / page).read_text("utf-8")
    assert not [f.name for f in fields(kind) if f"`{f.name}`" not in text]


def test_every_variable_stands_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    assert not [f.name for f in fields(Settings) if f"| `{f.metadata['env']}` |" not in text]


def test_every_preset_stands_in_the_how_to() -> None:
    text = (ROOT / "docs" / "how-to" / "train.md").read_text("utf-8")
    assert not [name for name in preset_names() if f"| `{name}` |" not in text]


def test_every_key_of_the_document_stands_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "analysis-json.md").read_text("utf-8")
    keys = re.findall(r'^            "(\w+)":', inspect.getsource(Analysis.to_dict), re.MULTILINE)
    assert len(keys) > 10
    assert not [key for key in keys if f"| `{key}` |" not in text]
