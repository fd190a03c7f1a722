"""Exit codes: one meaning each, documented, and drawn in the docstring's tree."""

import re
from pathlib import Path

import pytest

import glioscope.errors as errors
from glioscope.cli.support.stopping import INTERRUPTED, TERMINATED
from glioscope.errors import GlioscopeError

DOC = Path(__file__).parents[1] / "docs" / "reference" / "exit-codes.md"
ALL = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, GlioscopeError)
]


def documented() -> dict[int, str]:
    """Code to the rest of its row in the table of exit-codes.md."""
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", DOC.read_text("utf-8"), re.MULTILINE)
    assert len(rows) == len({code for code, _ in rows}), "a code has two rows"
    return {int(code): rest for code, rest in rows}


@pytest.mark.parametrize("error", ALL, ids=lambda e: e.__name__)
def test_every_error_stands_beside_its_code(error: type[GlioscopeError]) -> None:
    assert f"`{error.__name__}`" in documented()[error.exit_code]


@pytest.mark.parametrize("error", ALL, ids=lambda e: e.__name__)
def test_the_tree_names_every_error_with_its_code(error: type[GlioscopeError]) -> None:
    assert errors.__doc__ is not None
    line = next(x for x in errors.__doc__.splitlines() if f"{error.__name__} " in x)
    assert str(error.exit_code) in line


def test_families_share_no_code() -> None:
    """Direct children mean different things; only 1, the general failure, may be shared."""
    codes = [child.exit_code for child in GlioscopeError.__subclasses__()]
    special = [code for code in codes if code != GlioscopeError.exit_code]
    assert len(special) == len(set(special))


def test_nothing_else_is_documented() -> None:
    assert set(documented()) == {0, INTERRUPTED, TERMINATED} | {error.exit_code for error in ALL}
