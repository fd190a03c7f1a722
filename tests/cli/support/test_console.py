"""What long commands say of their steps, and where errors happened."""

import io

import pytest

from glioscope.cli.support import console
from glioscope.cli.support.console import Notices, steps
from glioscope.texts.message import message

FIRST, SECOND = message("cli.reading"), message("cli.packing")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def walk(bars: bool) -> None:
    with steps(Notices(lang="en"), bars=bars) as told:
        for what in (FIRST, SECOND):
            for done in range(4):
                told(what, done, 3)


def test_a_line_for_each_step_without_a_terminal(capsys):
    walk(bars=True)
    walk(bars=False)
    assert capsys.readouterr() == ("", "reading cases\npacking cases\n" * 2)


def test_names_cannot_speak_to_the_terminal(capsys):
    said = message("reading.nothing_here", name="a\x1b[2J\nerror: b\u202ec\udcff", expected="x")
    Notices(lang="en").error(said)
    shown = "error: a?[2J?error: b?c?: nothing to read in this folder; x\n"
    assert capsys.readouterr().err == shown
    Notices(lang="en").note("28\u202f%\xa0опухоль")
    assert capsys.readouterr().err == "28\u202f%\xa0опухоль\n"


def test_a_bar_for_each_step_on_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(console.sys, "stderr", terminal)
    walk(bars=True)
    shown = terminal.getvalue()
    assert shown.index("reading cases") < shown.index("packing cases")
    assert "3/3" in shown


def test_a_step_that_fails_leaves_no_bar(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(console.sys, "stderr", terminal)
    with pytest.raises(ValueError, match="midway"), steps(Notices(), bars=True) as told:
        told(FIRST, 0, 3)
        raise ValueError("midway")
    assert console.sys.stderr is terminal


def test_json_meanwhile_goes_to_stdout(monkeypatch, capfd):
    """Rich would send it to the terminal of its bar, which is stderr."""
    monkeypatch.setattr(console.sys, "stderr", Terminal())
    with console.progress("studies", Notices()) as advance:
        assert advance is not None
        print('{"status": "done"}')
    assert capfd.readouterr().out == '{"status": "done"}\n'


@pytest.mark.parametrize(
    ("verbose", "debug", "shown"), [(False, "", 0), (True, "", 1), (False, "1", 1)]
)
def test_where_it_happened(capsys, monkeypatch, verbose, debug, shown):
    monkeypatch.setenv("GLIOSCOPE_DEBUG", debug)
    try:
        raise KeyError("surprise")
    except KeyError:
        Notices(verbose=verbose, lang="en").trace()
    err = capsys.readouterr().err
    assert err.count("Traceback") == shown and ("GLIOSCOPE_DEBUG=1" in err) == (not shown)
