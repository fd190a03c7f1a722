"""`glioscope users` and `glioscope audit`."""

from pathlib import Path

import pytest
from sqlalchemy import update

from glioscope.cli.main import exit_code
from glioscope.database.engine import connect, sqlite_url
from glioscope.database.tables import Audit
from glioscope.server.serve import DATABASE

PASSWORD = "correct horse"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def run(*words: str) -> tuple[int, str, str]:
        code = exit_code([*words, "--data", str(tmp_path / "data"), "--lang", "en"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def add(run, name: str, *words: str):
    return run("users", "add", name, "--password", PASSWORD, *words)


def test_users_are_added_listed_and_disabled(run) -> None:
    assert add(run, "anna")[0] == 0
    assert add(run, "boris", "--role", "admin", "--hide-identity")[0] == 0
    assert run("users", "disable", "anna")[0] == 0
    assert run("users", "list")[1].splitlines() == [
        "anna\treader, disabled",
        "boris\tadmin, no identity",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("users", "add", "anna", "--password", "short"), "at least 10"),
        (("users", "add", "anna", "--password", PASSWORD, "--role", "chief"), "viewer, reader"),
        (("users", "disable", "nobody"), "no user nobody"),
        (("users", "password", "nobody", "--password", PASSWORD), "no user nobody"),
        (("users", "token", "nobody", "--label", "x"), "no user nobody"),
    ],
)
def test_what_will_not_do_is_said(run, words, said) -> None:
    code, _, error = run(*words)
    assert code == 2 and said in error and PASSWORD not in error


def test_a_token_is_printed_alone(run) -> None:
    add(run, "anna")
    code, out, _ = run("users", "token", "anna", "--label", "robot", "--days", "3")
    assert code == 0 and len(out.strip()) > 40


def test_the_audit_is_whole_until_somebody_changes_it(run, tmp_path: Path) -> None:
    add(run, "anna")
    code, out, _ = run("audit", "verify")
    assert (code, out) == (0, "the audit is whole, rows: 1\n")
    engine = connect(sqlite_url(tmp_path / "data" / DATABASE))
    with engine.begin() as connection:
        connection.execute(update(Audit).values(who="somebody else"))
    engine.dispose()
    code, _, error = run("audit", "verify")
    assert code == 1 and "row 1" in error
