"""The settings of the hospital's own sign-in: read whole, and refused without the secret in it."""

from pathlib import Path

import pytest

from glioscope.errors import UsageError
from glioscope.server.access.openid.config import read
from glioscope.server.access.roles import Role

USUAL = 'issuer = "https://sso.example/realms/x"\nclient_id = "glioscope"\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "openid.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_secret_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    assert read(written(tmp_path, USUAL), "of the environment")[1] == "of the environment"
    (tmp_path / "secret").write_text("of the file\n")
    file = written(tmp_path, USUAL + 'client_secret_file = "secret"\n')
    assert read(file, "of the environment")[1] == "of the file"
    assert read(written(tmp_path, USUAL), None)[1] is None


def test_roles_are_ours(tmp_path: Path) -> None:
    text = USUAL + 'new_users = "viewer"\nrole_claim = "groups"\n[roles]\n"Врачи" = "reader"\n'
    config, _ = read(written(tmp_path, text), None)
    assert config.roles == {"Врачи": Role.READER} and config.new_users == "viewer"


@pytest.mark.parametrize(
    "text",
    [
        "",
        USUAL + 'client_secret = "hush"\n',
        USUAL + 'new_users = "admin"\n',
        USUAL + '[roles]\nx = "chief"\n',
        USUAL + 'client_secret_file = "gone"\n',
        USUAL.replace("https", "http"),
        "issuer = ",
    ],
)
def test_what_will_not_do_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(written(tmp_path, text), "top secret")
    assert "hush" not in str(refused.value) and "top secret" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.toml"):
        read(tmp_path / "gone.toml", None)
