"""What each role may do."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Viewers look; readers also hand in, stop and judge; admins also delete and name users."""

    VIEWER = "viewer"
    READER = "reader"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do all that the other may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True)
class Who:
    """Who makes a request; `user_id` is None where nobody needs to sign in."""

    name: str
    role: Role
    sees_identity: bool
    user_id: str | None = None


# Whoever uses the computer of a server without users.
LOCAL = Who("local", Role.ADMIN, True)
