"""Settings of the hospital's own sign-in, a TOML file."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from glioscope.errors import UsageError
from glioscope.server.access.roles import Role
from glioscope.server.reach.terms import LOOPBACK


class OpenIdConfig(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What the file says; docs/reference/settings.md explains each.

    Attributes:
        issuer: URL below which `.well-known/openid-configuration` lies.
        client_secret_file: beside the TOML file unless it is absolute; None where the secret stands
            in the environment, or the client is public.
        name_claim: what users are called here.
        role_claim: a claim, or a path of claims with dots, that holds one or several of `roles`.
        roles: value of that claim to role; of several the one that may most.
        new_users: role of those to whom the claim gives none; None lets in only whom an admin has
            added.
        sees_identity_claim: true for those who are shown patients' names.
        link_by_name: a user added here is whoever has his name there.
    """

    issuer: str
    client_id: str
    client_secret_file: str | None = None
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "preferred_username"
    role_claim: str | None = None
    roles: dict[str, Role] = {}
    new_users: Literal["viewer", "reader"] | None = None
    sees_identity_claim: str | None = None
    link_by_name: bool = False


def read(file: Path, secret: str | None) -> tuple[OpenIdConfig, str | None]:
    """The settings and the client's secret; `secret` is the one of the environment.

    Raises:
        UsageError: a file cannot be read, or says what will not do; never with the secret.
    """
    try:
        found = msgspec.toml.decode(file.read_bytes(), type=OpenIdConfig)
        if found.client_secret_file is not None:
            secret = (file.parent / found.client_secret_file).read_text("utf-8").strip()
    except OSError as error:
        reason = error.strerror or ""
        raise UsageError("server.openid_file", file=file.name, reason=reason) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError("server.openid_file", file=file.name, reason=str(error)) from error
    if not is_safe(found.issuer):
        raise UsageError("server.openid_issuer", value=found.issuer)
    return found, secret


def is_safe(url: str) -> bool:
    """Whether nobody between here and there can read or change what is sent."""
    found = urlsplit(url)
    return found.scheme == "https" or (found.scheme == "http" and found.hostname in LOOPBACK)
