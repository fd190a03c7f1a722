"""What must hold before a server listens to others; each refusal names its remedy."""

from pathlib import Path
from typing import Any

import pytest

from glioscope.errors import UsageError
from glioscope.server.access.roles import Role
from glioscope.server.reach.terms import LOOPBACK, Reach, Wanted

FILE = Path("x.pem")
PROXY = ("10.0.0.5",)


@pytest.mark.parametrize("host", sorted(LOOPBACK))
def test_its_own_computer_needs_nothing(host: str) -> None:
    assert Wanted(host=host).reach() == Reach()


@pytest.mark.parametrize(
    ("wanted", "remedy"),
    [
        ({"host": "192.168.1.1"}, "--self-signed"),
        ({"host": "example.org"}, "127.0.0.1"),
        ({"host": "0.0.0.0", "self_signed": True}, "--name"),
        ({"host": "::", "self_signed": True}, "--name"),
        ({"proxies": PROXY}, "--name"),
        ({"host": "10.0.0.1", "tls_cert": FILE}, "--tls-key"),
        ({"host": "10.0.0.1", "tls_key": FILE}, "--tls-cert"),
        ({"host": "10.0.0.1", "self_signed": True, "proxies": PROXY}, "--behind-proxy"),
        ({"tls_cert": FILE, "tls_key": FILE, "self_signed": True}, "--self-signed"),
        ({"proxies": ("proxy.example",), "names": ("a",)}, "10.0.0.0/24"),
        ({"user_header": "X-User"}, "--behind-proxy"),
        ({"user_header": "X User", "proxies": PROXY, "names": ("a",)}, "X-Remote-User"),
        ({"new_users": Role.VIEWER}, "--user-header"),
        (
            {"new_users": Role.ADMIN, "user_header": "X-User", "proxies": PROXY, "names": ("a",)},
            "viewer or reader",
        ),
    ],
)
def test_what_would_not_be_safe_is_refused(wanted: dict[str, Any], remedy: str) -> None:
    with pytest.raises(UsageError) as refused:
        Wanted(**wanted).reach()
    assert remedy in str(refused.value)
    assert refused.value.message.in_language("ru") != str(refused.value)


def test_others_reach_it_by_its_names_alone() -> None:
    wanted = Wanted(host="0.0.0.0", names=("Glio.Example",), self_signed=True)
    assert wanted.reach() == Reach(beyond=True, tls=True)
    assert wanted.hosts() == LOOPBACK | {"glio.example"}
    assert wanted.address(8470) == "https://Glio.Example:8470/"


def test_an_address_is_a_name() -> None:
    wanted = Wanted(host="10.0.0.1", self_signed=True)
    assert wanted.reach().secure and "10.0.0.1" in wanted.hosts()
    assert wanted.address(1) == "https://10.0.0.1:1/"


def test_behind_a_proxy_others_reach_it_wherever_it_listens() -> None:
    wanted = Wanted(names=("glio.example",), proxies=("127.0.0.1",), user_header="X-User")
    reach = wanted.reach()
    assert reach.beyond and reach.secure and not reach.tls
    assert wanted.address(8470) == "http://127.0.0.1:8470/"
