"""People whom the hospital's own sign-in or a proxy vouches for, as users of this server."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from glioscope.database.tables import User
from glioscope.errors import UsageError
from glioscope.server.access import audit, users
from glioscope.server.access.roles import Role, Who

_BY = "sign-on"


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Somebody, as another tells of him.

    Attributes:
        subject: who he is there, whatever he is called.
        role, sees_identity: as it says; None where it says nothing, and this server decides.
    """

    subject: str
    name: str
    role: Role | None = None
    sees_identity: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Whom to let in.

    Attributes:
        new_users: role of those whom this server does not know; None lets none in.
        by_name: a user of the same name who was not signed in by others before is the same person.
    """

    new_users: Role | None = None
    by_name: bool = False


def known(connection: Connection, subject: str) -> Who | None:
    """Who that is here, as he stands; None where he is not known, or is let in no more."""
    found = connection.execute(
        select(User).where(User.subject == subject, User.disabled.is_(False))
    ).first()
    if found is None:
        return None
    return Who(found.name, Role(found.role), found.sees_identity, found.id)


def admit(connection: Connection, arrival: Arrival, rules: Rules) -> Who | None:
    """The user that somebody is here, added or brought up to date; None where he is not let in."""
    found = connection.scalar(select(User.id).where(User.subject == arrival.subject))
    if found is None and rules.by_name:
        found = _adopted(connection, arrival)
    if found is None:
        return _added(connection, arrival, rules)
    _follow(connection, found, arrival)
    return known(connection, arrival.subject)


def _adopted(connection: Connection, arrival: Arrival) -> str | None:
    found = connection.scalar(
        select(User.id).where(User.name == arrival.name, User.subject.is_(None))
    )
    if found is not None:
        connection.execute(update(User).where(User.id == found).values(subject=arrival.subject))
        audit.record(connection, _BY, "join user", arrival.name)
    return found


def _added(connection: Connection, arrival: Arrival, rules: Rules) -> Who | None:
    role = arrival.role or rules.new_users
    if role is None:
        return None
    sees = bool(arrival.sees_identity)
    try:
        user_id = users.add_user(connection, arrival.name, None, role, sees_identity=sees)
    except UsageError:  # somebody else has the name, or it is none
        return None
    connection.execute(update(User).where(User.id == user_id).values(subject=arrival.subject))
    audit.record(connection, _BY, "add user", arrival.name)
    return Who(arrival.name, role, sees, user_id)


def _follow(connection: Connection, user_id: str, arrival: Arrival) -> None:
    said = {"role": arrival.role, "sees_identity": arrival.sees_identity}
    wanted = {key: value for key, value in said.items() if value is not None}
    if not wanted:
        return
    found = connection.execute(select(User).where(User.id == user_id)).one()
    changed = {key: value for key, value in wanted.items() if getattr(found, key) != value}
    if changed:
        connection.execute(update(User).where(User.id == user_id).values(**changed))
        audit.record(connection, _BY, "change user", found.name)
