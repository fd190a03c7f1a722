"""The node's file: the example works, and what is wrong is told with its place."""

import tomllib
from pathlib import Path

import pytest

from glioscope.errors import UsageError
from glioscope.pacs.config import Config, load_config
from glioscope.pacs.rules import Route, Told, route
from pacs.conftest import config

EXAMPLE = Path(__file__).parents[2] / "src/glioscope/pacs/example.toml"
WEB = {"url": "http://127.0.0.1:1"}


def test_the_example_says_nothing_until_a_comment_is_taken_away() -> None:
    plain = load_config(EXAMPLE)
    assert (plain.source, plain.destination, plain.rule) == ((), (), ())
    same = {name: getattr(plain, name) for name in plain.__struct_fields__}
    assert same == {name: getattr(Config(), name) for name in plain.__struct_fields__}


def test_the_example_with_everything_taken_in_is_understood(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    told = [
        line.removeprefix("#") if line[:2] in {"#[", *_settings(lines)} else line for line in lines
    ]
    file = tmp_path / "pacs.toml"
    file.write_text("\n".join(told), encoding="utf-8")
    found = load_config(file)
    assert [type(one).__name__ for one in found.source] == [
        "OrthancSource",
        "DicomwebSource",
        "ListenerSource",
        "FolderSource",
        "WorklistSource",
    ]
    assert len(found.destination) == 6
    assert len(found.rule) == 3


def _settings(lines: list[str]) -> set[str]:
    """How comments begin that are a setting: `#name = value`."""
    return {line[:2] for line in lines if line.startswith("#") and line[1:2].isalpha()}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"quiet": 3}, "unknown field `quiet`"),
        ({"quiet_s": 0}, "quiet_s"),
        ({"source": [{"kind": "ftp", "name": "a"}]}, "source"),
        ({"source": [{"kind": "orthanc", "name": "a", "url": "ftp://x"}]}, "url"),
        ({"source": [{"kind": "orthanc", "name": "a", "user": "u", **WEB}]}, "password_env"),
        ({"source": [{"kind": "orthanc", "name": "a", **WEB}] * 2}, "are called a"),
        (
            {"source": [{"kind": "worklist", "name": "a", "pictures": WEB | {"user": "u"}, **WEB}]},
            "password_env",
        ),
        ({"rule": [{"send_to": ["nowhere"]}]}, "nowhere"),
        (
            {"source": [{"kind": "listener", "name": "a", "port": 1, "certificate": "x"}]},
            "without a key",
        ),
        (
            {
                "destination": [
                    {"kind": "stow", "name": "a", **WEB, "send": ["mosmed"], "pseudonymous": True}
                ]
            },
            "burnt-in",
        ),
        (
            {"destination": [{"kind": "stow", "name": "a", **WEB, "pseudonymous": True}]},
            "no key to hide patients by",
        ),
        ({"destination": [{"kind": "kafka", "name": "a", "brokers": [], "topic": "t"}]}, "brokers"),
        ({"mosmed": {"model": 7}}, "unknown field `model`"),
        ({"mosmed": {"direction": "a\\b"}}, "direction"),
    ],
)
def test_what_is_wrong_is_told(told: dict, said: str) -> None:
    with pytest.raises(UsageError) as error:
        config(**told)
    assert said in str(error.value)
    assert "pacs.toml" in str(error.value)


def test_no_file_and_no_toml_say_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pacs init"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("= 3")
    with pytest.raises(UsageError, match="no TOML"):
        load_config(tmp_path / "bad.toml")
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads("= 3")


def test_the_first_rule_that_fits_decides() -> None:
    told = config(
        lang="ru",
        anonymise={"key_env": "KEY"},
        destination=[
            {"kind": "stow", "name": "a", **WEB},
            {"kind": "folder", "name": "b", "path": "x", "pseudonymous": True},
        ],
        rule=[
            {"description": "*Emergency*", "urgent": True},
            {"sender": "RESEARCH?", "send_to": ["b"], "lang": "en"},
            {"sender": "RES*", "ignore": True},
        ],
    )

    def way(**asked: str) -> Route | None:
        return route(told, Told(**{"source": "s", "sender": None, **_PLAIN, **asked}))

    everything = {"make": ("pdf", "pseudonymous")}
    assert way() == Route(("a", "b"), "ru", **everything)
    assert way(description="EMERGENCY head") == Route(("a", "b"), "ru", urgent=True, **everything)
    assert way(sender="research1") == Route(("b",), "en", **everything)
    assert way(sender="RESEARCH11") is None
    assert Route.from_dict(Route(("b",), "en").to_dict()) == Route(("b",), "en")


def test_messages_need_what_they_tell_of_and_carry_the_registration() -> None:
    file = {"kind": "messages", "name": "a", "path": "x"}
    quiet = {"kind": "messages", "name": "b", "path": "y", "errors": False}
    told = config(destination=[file, quiet], mosmed={"model_id": 7, "direction": "МРТ"})
    way = route(told, Told(source="s", sender=None, **_PLAIN))
    assert way is not None
    assert (way.send_to, way.make, way.tell) == (("a", "b"), ("mosmed",), ("a",))
    assert (way.service.model_id, way.service.direction) == (7, "МРТ")
    assert Route.from_dict(way.to_dict()) == way


def test_a_route_of_an_older_version_is_read() -> None:
    old = {"send_to": ["a"], "lang": "ru", "urgent": False, "make": [], "fetched": None}
    assert Route.from_dict(old) == Route(("a",), "ru")


_PLAIN = {"station": "", "description": ""}
