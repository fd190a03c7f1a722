"""Settings: what each variable means, what is refused, and that no other module reads them."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from glioscope.errors import UsageError
from glioscope.settings import Settings

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "glioscope"


def test_defaults() -> None:
    assert Settings.from_environment({}) == Settings(lang="en")


def test_every_variable_is_read() -> None:
    values = {
        "GLIOSCOPE_MODEL": "models/other",
        "GLIOSCOPE_BEST_MODEL": "models/best",
        "GLIOSCOPE_LANG": "ru",
        "GLIOSCOPE_THREADS": "2",
        "GLIOSCOPE_LGG": "data/kaggle_3m",
        "GLIOSCOPE_DATA": "hospital",
        "GLIOSCOPE_DATABASE": "postgresql://host/name",
        "GLIOSCOPE_STORE": "s3://bucket",
        "GLIOSCOPE_OPENID": "openid.toml",
        "GLIOSCOPE_OPENID_SECRET": "secret",
        "GLIOSCOPE_DICOMWEB_USER": "batch",
        "GLIOSCOPE_DICOMWEB_PASSWORD": "secret",
        "GLIOSCOPE_DICOMWEB_TOKEN": "token",
        "GLIOSCOPE_DICOMWEB_CA": "hospital.pem",
        "GLIOSCOPE_DEBUG": "1",
        "GLIOSCOPE_CHARSET": "CP1251",
    }
    assert set(values) == {f.metadata["env"] for f in fields(Settings)}
    expected = Settings(
        model=Path("models/other"),
        best_model=Path("models/best"),
        lang="ru",
        threads=2,
        lgg=Path("data/kaggle_3m"),
        data=Path("hospital"),
        database="postgresql://host/name",
        store="s3://bucket",
        openid=Path("openid.toml"),
        openid_secret="secret",
        dicomweb_user="batch",
        dicomweb_password="secret",
        dicomweb_token="token",
        dicomweb_ca=Path("hospital.pem"),
        debug=True,
        charset="cp1251",
    )
    assert Settings.from_environment(values) == expected


@pytest.mark.parametrize(
    ("values", "lang"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ru_RU"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": ""}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "GLIOSCOPE_LANG": "en"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_is_that_of_the_locale_unless_told(values, lang) -> None:
    assert Settings.from_environment(values).lang == lang


@pytest.mark.parametrize(
    ("there", "lang"), [("Russian_Russia", "ru"), ("English_United States", "en"), (None, "en")]
)
def test_on_windows_the_language_is_that_of_the_system(monkeypatch, there, lang) -> None:
    monkeypatch.setattr("glioscope.settings.sys.platform", "win32")
    monkeypatch.setattr("glioscope.settings.locale.getlocale", lambda: (there, "1251"))
    assert Settings.from_environment({}).lang == lang
    assert Settings.from_environment({"LANG": "en_US.UTF-8"}).lang == "en"


def test_empty_means_unset() -> None:
    empty = {f.metadata["env"]: "" for f in fields(Settings)}
    assert Settings.from_environment(empty) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GLIOSCOPE_LANG", "fr"),
        ("GLIOSCOPE_THREADS", "-1"),
        ("GLIOSCOPE_THREADS", "two"),
        ("GLIOSCOPE_DEBUG", "maybe"),
        ("GLIOSCOPE_CHARSET", "cp1252"),
    ],
)
def test_values_out_of_range_are_named(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"{name}: expected .* got '{value}'"):
        Settings.from_environment({name: value})


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda f: f.name)
def test_every_setting_is_documented(setting) -> None:
    text = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    row = re.search(rf"^\| `{setting.metadata['env']}` \| `{setting.name}` \|", text, re.MULTILINE)
    assert row, f"{setting.metadata['env']} has no row in settings.md"


def reads_environment(code: str) -> bool:
    """Whether `code` reads os.environ or os.getenv, under whatever import."""
    tree = ast.parse(code)
    names = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    names |= {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    return bool(names & {"environ", "environb", "getenv"})


def test_no_other_module_reads_the_environment() -> None:
    readers = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if reads_environment(path.read_text("utf-8"))
    }
    # These read nothing: they set what libraries of others read.
    setters = {"cli/support/cluster.py", "cli/support/libraries/noise.py", "training/quiet.py"}
    assert readers == {"settings.py", *setters}


@pytest.mark.parametrize(
    "code", ["import os\nos.environ['A']", "from os import getenv", "import os\nos.getenv('A')"]
)
def test_a_reader_is_seen(code: str) -> None:
    assert reads_environment(code)
