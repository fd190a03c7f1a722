"""The command line speaks the language that was asked for, in errors and warnings too."""

import re
from pathlib import Path

import pytest
import typer
from tests.toy_model import toy_bundle

from glioscope.cli import main
from glioscope.cli.main import exit_code
from glioscope.cli.support.language import language_of

LOCALE = ("GLIOSCOPE_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def _no_language(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*LOCALE, "GLIOSCOPE_BEST_MODEL", "GLIOSCOPE_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("words", "environment", "lang"),
    [
        ((), {}, "en"),
        (("analyze", "--lang", "ru"), {"GLIOSCOPE_LANG": "en"}, "ru"),
        (("analyze", "--lang=ru"), {}, "ru"),
        (("analyze", "--lang", "en"), {"LANG": "ru_RU.UTF-8"}, "en"),
        (("analyze", "--lang", "fr"), {"GLIOSCOPE_LANG": "ru"}, "ru"),
        (("analyze", "--lang"), {"GLIOSCOPE_LANG": "ru"}, "ru"),
        ((), {"LANG": "ru_RU.UTF-8"}, "ru"),
        ((), {"GLIOSCOPE_LANG": "xx", "LANG": "ru_RU.UTF-8"}, "ru"),
        ((), {"GLIOSCOPE_LANG": "ru", "GLIOSCOPE_THREADS": "many"}, "ru"),
    ],
)
def test_the_language_is_known_before_anything_can_fail(words, environment, lang, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language_of(words) == lang


@pytest.mark.parametrize(
    ("words", "english", "russian"),
    [
        (["analyze", "-o", "OUT"], "name at least one INPUT", "нужен хотя бы один INPUT"),
        (
            ["analyze", "x", "-o", "OUT", "--spacing", "1"],
            "--spacing: expected ROW,COL,SLICE in mm",
            "--spacing: нужно ROW,COL,SLICE в мм",
        ),
        (
            ["analyze", "x", "-o", "OUT", "--quality", "best"],
            "the ensemble is not installed",
            "ансамбль не установлен",
        ),
        (["analyze", "--t1", "f.nii", "-o", "OUT"], "FLAIR is required", "нужна FLAIR"),
        (["analyze", "x", "-o", "FILE"], "FILE is a file", "FILE — файл"),
        (["analyze", "x", "-o", "OUT", "--wrong"], "No such option", "No such option"),
        (
            ["inspect", "x", "--flair", "a.nii"],
            "expected the number or UID of a DICOM series",
            "нужен номер или UID серии DICOM",
        ),
    ],
)
def test_errors_are_said_in_the_language_of_the_option(
    words, english, russian, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("FILE").write_text("", encoding="utf-8")
    codes = []
    for lang, prefix, said in (("en", "error: ", english), ("ru", "ошибка: ", russian)):
        codes.append(exit_code([*words, "--lang", lang]))
        shown = capsys.readouterr()
        assert shown.out == "" and shown.err.count("\n") == 1
        assert shown.err.startswith(prefix) and said in shown.err
    assert codes[0] == codes[1] != 0


def test_a_command_without_the_option_follows_the_settings(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GLIOSCOPE_LANG", "ru")
    assert exit_code(["data", "plot", str(tmp_path), "-o", "a.xyz"]) == 2
    assert "a.xyz: имя должно оканчиваться" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ZeroDivisionError("nought"), 1, "внутренняя ошибка: ZeroDivisionError: nought"),
        (KeyboardInterrupt(), 130, "ошибка: прервано"),
        (ModuleNotFoundError("keras", name="keras"), 2, "нет пакета keras"),
        (PermissionError(13, "Permission denied", "/far/away/f.nii"), 1, "f.nii: не удалось"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_what_is_unforeseen_is_said_in_russian_too(error, code, said, monkeypatch, capsys):
    app = typer.Typer()

    @app.command()
    def fail(lang: str = "en") -> None:
        raise error

    monkeypatch.setattr(main, "app", app)
    assert exit_code(["--lang", "ru"]) == code
    shown = capsys.readouterr().err
    assert said in shown and "/far/away" not in shown


@pytest.mark.usefixtures("_head_made_once")
def test_warnings_timings_and_selftest_in_russian(tmp_path, monkeypatch, capsys):
    model = str(toy_bundle(tmp_path / "toy", size=96))
    words = ["demo", "-o", str(tmp_path / "out"), "--model", model, "--verbose"]
    assert exit_code([*words, "--lang", "ru"]) == 0
    err = capsys.readouterr().err
    assert "предупреждение: synthetic-phantom-0: синтетический фантом" in err
    assert re.search(r"network \d+,\d\d с", err)
    monkeypatch.setenv("GLIOSCOPE_LANG", "ru")
    assert exit_code(["selftest", "--model", model]) == 0
    assert "синтетическое образование найдено, Дайс 0,9" in capsys.readouterr().out
