"""Who somebody is here, by what the provider says of him."""

from collections.abc import Mapping
from typing import Any, cast

from glioscope.server.access.arrivals import Arrival, Rules
from glioscope.server.access.openid.config import OpenIdConfig
from glioscope.server.access.roles import Role

Claims = Mapping[str, Any]


def arrival(config: OpenIdConfig, claims: Claims) -> Arrival:
    """The person that an ID token is about."""
    sees = config.sees_identity_claim
    return Arrival(
        subject=f"{config.issuer} {claims['sub']}",
        name=str(_at(claims, config.name_claim) or ""),
        role=_role(config, claims),
        sees_identity=None if sees is None else _at(claims, sees) is True,
    )


def rules(config: OpenIdConfig) -> Rules:
    """Whom to let in."""
    role = Role(config.new_users) if config.new_users else None
    return Rules(new_users=role, by_name=config.link_by_name)


def is_let_in(config: OpenIdConfig, found: Arrival) -> bool:
    """False for those who have lost every role that the provider gives."""
    return config.role_claim is None or found.role is not None


def _role(config: OpenIdConfig, claims: Claims) -> Role | None:
    if config.role_claim is None:
        return None
    said = _at(claims, config.role_claim)
    values: list[Any] = cast("list[Any]", said) if isinstance(said, list) else [said]
    held = {config.roles[v] for v in values if isinstance(v, str) and v in config.roles}
    default = [Role(config.new_users)] if config.new_users else []
    found = [role for role in Role if role in held] or default
    return found[-1] if found else None


def _at(claims: Claims, path: str) -> Any:
    """A claim of that very name, or the one that a path with dots leads to."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = cast("Mapping[str, Any]", found).get(part)
    return found
