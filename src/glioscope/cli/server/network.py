"""Options of `glioscope serve` that say how other computers reach it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from glioscope.server.access.openid.provider import Provider
    from glioscope.server.access.roles import Role
    from glioscope.server.reach.certificates import Certificate
    from glioscope.server.reach.terms import Wanted
    from glioscope.settings import Settings

Name = Annotated[
    list[str] | None,
    typer.Option(help="Name or address that others call it by; may be given several times."),
]
TlsCert = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Certificate for TLS, PEM with its chain.")
]
TlsKey = Annotated[Path | None, typer.Option(metavar="FILE", help="Its key, PEM.")]
SelfSigned = Annotated[
    bool, typer.Option("--self-signed", help="TLS by a certificate of the server's own making.")
]
BehindProxy = Annotated[
    list[str] | None,
    typer.Option(metavar="ADDRESS", help="Address or network of a proxy that speaks TLS for it."),
]
UserHeader = Annotated[
    str | None, typer.Option(metavar="NAME", help="Header in which the proxy says who asks.")
]
NewUsers = Annotated[
    str | None,
    typer.Option(
        metavar="viewer|reader",
        help="Role of those whom only the proxy knows.",
        show_default="they are refused",
    ),
]
KeepDays = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        min=0,
        help="Delete studies that were finished longer ago.",
        show_default="keep all",
    ),
]


def role_of(name: str) -> "Role":
    """A role by its name.

    Raises:
        UsageError: there is none.
    """
    from glioscope.errors import UsageError
    from glioscope.server.access.roles import Role

    try:
        return Role(name)
    except ValueError as error:
        raise UsageError("server.role", roles=", ".join(Role), value=name) from error


def certificate_of(wanted: "Wanted", data: Path) -> "Certificate | None":
    """What browsers are shown by TLS; None where it does not speak TLS.

    Raises:
        UsageError: the files cannot be used.
    """
    if wanted.tls_cert is None and not wanted.self_signed:
        return None
    from glioscope.server.reach.certificates import Certificate, self_signed

    if wanted.tls_cert is not None and wanted.tls_key is not None:
        return Certificate(cert=wanted.tls_cert, key=wanted.tls_key)
    return self_signed(data, wanted.hosts())


def provider_of(settings: "Settings") -> "Provider | None":
    """The hospital's own sign-in, if the settings name one.

    Raises:
        UsageError: its file cannot be used.
    """
    if settings.openid is None:
        return None
    from glioscope.server.access.openid.config import read
    from glioscope.server.access.openid.provider import Provider

    return Provider(*read(settings.openid, settings.openid_secret))
