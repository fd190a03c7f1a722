"""Every sentence stands in both languages, is used, and is raised with just the values it names."""

import ast
import json
import re
from functools import cache
from importlib.resources import files
from itertools import product
from pathlib import Path
from string import Formatter

import pytest

import glioscope
from glioscope import errors
from glioscope.texts.catalogue import LANGUAGES, ON_PAGE, sentences

SOURCE = Path(glioscope.__file__).parent
# Rooms whose errors and notices are all coded; a plain sentence raised in one fails.
CODED: tuple[str, ...] = (
    "analysis.py",
    "cli/",
    "datasets/",
    "errors.py",
    "evaluation/",
    "files.py",
    "findings/",
    "followup/",
    "model/",
    "orientation.py",
    "phantom/",
    "pipeline.py",
    "quality_gate.py",
    "reading/",
    "settings.py",
    "study.py",
    "training/",
    "volume.py",
    "writing/",
)
RAISED = {"message", "Message", *(n for n, v in vars(errors).items() if isinstance(v, type))}


def names_in(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@cache
def trees() -> dict[str, ast.Module]:
    return {
        path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }


def calls() -> list[tuple[str, ast.Call]]:
    found = []
    for place, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                called = node.func
                name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                if name in RAISED:
                    found.append((f"{place}:{node.lineno}", node))
    return found


def is_coded(place: str) -> bool:
    return place.startswith(tuple(f"{room}" for room in CODED))


def test_both_languages_hold_the_same_codes_and_values() -> None:
    english, russian = (sentences(lang) for lang in LANGUAGES)
    assert set(english) == set(russian)
    differ = [c for c in english if names_in(english[c]) != names_in(russian[c])]
    assert differ == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_code_stands_in_two_files(lang: str) -> None:
    seen: dict[str, str] = {}
    for file in (files("glioscope.texts") / lang).iterdir():
        pairs = json.loads(file.read_text("utf-8"), object_pairs_hook=list)
        for code, _ in pairs:
            assert code not in seen, f"{code} in {file.name} and {seen[code]}"
            seen[code] = file.name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_parts_a_number_from_its_percent(lang: str) -> None:
    told = sentences(lang).items()
    parted = {code for code, said in told if re.search(r"[\d}] ?%(?!})", said)}
    assert parted == set()


def test_no_sentence_calls_a_sequence_by_its_code() -> None:
    """Neither in its own words nor by a value that holds the code."""
    coded = {"channel", "sequence"}
    for lang, code in product(LANGUAGES, sentences("en")):
        said = sentences(lang)[code]
        assert not re.search("T1GD|T1Gd", said), code
        parsed = [(name, spec) for _, name, spec, _ in Formatter().parse(said) if name in coded]
        assert all(spec == "sequence" for _, spec in parsed) or code == "writing.mr_series", code


def test_what_is_raised_has_a_sentence_with_just_these_values() -> None:
    english = sentences("en")
    faults = []
    for place, call in calls():
        first = call.args[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            if is_coded(place) and not isinstance(first, ast.Name | ast.Attribute):
                faults.append(f"{place}: no code")
            continue
        code = first.value
        if code not in english:
            if is_coded(place) or re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+", code):
                faults.append(f"{place}: {code!r} has no sentence")
            continue
        given = {word.arg for word in call.keywords}
        if None not in given and given != names_in(english[code]):
            faults.append(f"{place}: {code} has {names_in(english[code])}, got {given}")
    assert faults == []


def test_every_sentence_of_a_page_is_used() -> None:
    """In its scripts or templates; `page.state.` at the end of a text stands for what is added."""
    server = SOURCE / "server"
    places = [*(server / "static").rglob("*.js"), *(server / "templates").rglob("*.html")]
    texts = "\n".join(path.read_text("utf-8") for path in places if "vendor" not in path.parts)
    said = set(re.findall(r"""["'`](page\.[\w.]+)(?=["'`$])""", texts))
    varying = tuple(code for code in said if code.endswith("."))
    codes = {code for code in sentences("en") if code.startswith("page.")}
    assert [c for c in sorted(codes - said) if not c.startswith(varying)] == []
    assert [c for c in sorted(said - codes) if c not in varying] == []


def test_every_sentence_is_used() -> None:
    nodes = [node for tree in trees().values() for node in ast.walk(tree)]
    said = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for template in SOURCE.rglob("*.j2"):
        said |= set(re.findall(r'words\("([\w.]+)"', template.read_text("utf-8")))
    # Codes put together while running: what stands before the part that varies.
    joined = [n.values[0] for n in nodes if isinstance(n, ast.JoinedStr) and n.values]
    parts = [n.value for n in joined if isinstance(n, ast.Constant)]
    varying = tuple(p for p in parts if isinstance(p, str) and re.fullmatch(r"[a-z]+\.\w*", p))
    used = (*varying, "page.")
    codes = {c.removesuffix(ON_PAGE) for c in sentences("en")}
    unused = [c for c in codes if c not in said and not c.startswith(used)]
    assert unused == []


def test_a_sentence_for_pages_stands_beside_one_with_the_same_values_and_names_no_command() -> None:
    for lang in LANGUAGES:
        said = sentences(lang)
        for code in (c for c in said if c.endswith(ON_PAGE)):
            assert names_in(said[code]) == names_in(said[code.removesuffix(ON_PAGE)]), code
            assert "--" not in said[code] and "`" not in said[code], code


def test_what_refuses_a_study_speaks_of_no_command_on_a_page() -> None:
    """What the readers and the pipeline raise may be the cause of a refused study."""
    rooms = ("reading.", "core.", "pipeline.")
    for lang in LANGUAGES:
        said = sentences(lang)
        shown = {c: said.get(f"{c}{ON_PAGE}", text) for c, text in said.items()}
        left = [c for c, t in shown.items() if c.startswith(rooms) and re.search(r"--\w|`glio", t)]
        # Of options that nobody gives there, and of training.
        allowed = {"reading.own_spacing", "reading.series_not_dicom", "reading.labelled.none"}
        assert set(left) <= allowed
