"""The exit code of several studies, the same for `analyze` and `inspect`."""

import pytest
from tests.cli.batch.conftest import damage

from glioscope.cli.batch.failures import code_of, together
from glioscope.cli.main import exit_code
from glioscope.errors import BatchFailed, InputError, MissingSequence


@pytest.mark.parametrize(
    ("codes", "count", "code"),
    [
        ((), 3, 0),
        ((3,), 1, 3),
        ((4,), 3, 6),
        ((4, 3), 3, 6),
        ((4, 4), 2, 4),
        ((3, 3), 2, 3),
        ((4, 3), 2, 3),
        ((1, 4), 2, 1),
    ],
)
def test_the_code(codes, count, code):
    assert code_of(codes, count) == code


def test_the_error():
    none, bad = MissingSequence("cli.no_flair"), InputError("core.no_sequence", study="a")
    assert together([], 2, 2) is None
    assert together([none], 1, 0) is none
    some = together([none], 3, 1)
    assert isinstance(some, BatchFailed) and "1 of 3 studies failed" in str(some)
    both = together([none, none], 2, 0)
    assert isinstance(both, MissingSequence) and "none of the 2 studies has a FLAIR" in str(both)
    mixed = together([none, bad], 2, 0)
    assert isinstance(mixed, InputError) and "all 2 studies failed" in str(mixed)


@pytest.mark.parametrize(("bad", "code"), [(1, 6), (3, 3)])
def test_analyze_and_inspect_agree(run, cases, capsys, bad, code):
    for case in cases[:bad]:
        damage(case)
    analysed, _, err = run(*cases)
    assert analysed == code
    assert ("all 3 studies failed" in err) == (bad == 3)
    assert exit_code(["inspect", *map(str, cases)]) == code
    capsys.readouterr()
