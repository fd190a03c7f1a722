"""The examples in the docstrings of the public names run and tell the truth."""

import doctest
from importlib import import_module

import pytest

import glioscope

FINDER = doctest.DocTestFinder(recurse=False)
# What a user calls: never without an example.
CALLED = ("Analysis", "Grid", "Image", "Mask", "Study", "analyze", "load_model", "volume_ml")


def examples_of(name):
    """The examples of a public name; without its docstring's own module it has none."""
    found = getattr(glioscope, name)
    if name.startswith("__"):
        return []
    module = import_module(found.__module__)
    tests = FINDER.find(found, name, module=module, globs=dict(vars(module)))
    return [test for test in tests if test.examples]


@pytest.mark.parametrize("name", glioscope.__all__)
def test_examples_of_public_names_hold(name, monkeypatch, capsys):
    monkeypatch.delenv("GLIOSCOPE_MODEL", raising=False)
    for test in examples_of(name):
        failed, _ = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test)
        assert not failed, capsys.readouterr().out


def test_what_a_user_calls_has_an_example():
    reading = [name for name in ("read",) if name in glioscope.__all__]
    assert [name for name in (*CALLED, *reading) if not examples_of(name)] == []


def test_control_a_false_example_is_noticed(capsys):
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert doctest.DocTestRunner().run(wrong).failed == 1
