"""`glioscope users` and `glioscope audit`: who may use a server, and what was done with it."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.cli.server import network, places
from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.errors import GlioscopeError
from glioscope.settings import Settings
from glioscope.texts.message import message

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

users_app = typer.Typer(
    no_args_is_help=True,
    help="Who may use a server. Without users it is open to its own computer; with the first, "
    "everybody signs in.",
)
audit_app = typer.Typer(no_args_is_help=True, help="What was done with a server, and by whom.")

# Who is at the console of the server's computer, in the audit.
_CONSOLE = "console"
Name = Annotated[str, typer.Argument(help="Name of the user.")]
NewPassword = Annotated[
    str,
    typer.Option(
        prompt=True,
        confirmation_prompt=True,
        hide_input=True,
        help="Asked for where it is not given.",
    ),
]


@users_app.command("add")
def add(
    name: Name,
    role: Annotated[
        str, typer.Option(metavar="viewer|reader|admin", help="What he may do.")
    ] = "reader",
    hide_identity: Annotated[
        bool, typer.Option("--hide-identity", help="Show him no patient's name or number.")
    ] = False,
    password: NewPassword = "",
    data: places.Data = None,
    database: places.Database = None,
    lang: options.Lang = None,
) -> None:
    """Add a user."""
    from glioscope.server.access.audit import record
    from glioscope.server.access.users import add_user

    with _connected(data, database, lang) as connection:
        add_user(connection, name, password, network.role_of(role), sees_identity=not hide_identity)
        record(connection, _CONSOLE, "add user", name)


@users_app.command("password")
def password(
    name: Name,
    password: NewPassword = "",
    data: places.Data = None,
    database: places.Database = None,
    lang: options.Lang = None,
) -> None:
    """Change a password; the user is signed out everywhere."""
    from glioscope.server.access.audit import record
    from glioscope.server.access.users import set_password

    with _connected(data, database, lang) as connection:
        set_password(connection, name, password)
        record(connection, _CONSOLE, "set password", name)


@users_app.command("disable")
def disable(
    name: Name,
    data: places.Data = None,
    database: places.Database = None,
    lang: options.Lang = None,
) -> None:
    """Let a user in no more; what he did stays in the audit."""
    from glioscope.server.access.audit import record
    from glioscope.server.access.users import disable as let_in_no_more

    with _connected(data, database, lang) as connection:
        let_in_no_more(connection, name)
        record(connection, _CONSOLE, "disable user", name)


@users_app.command("list")
def list_users(
    data: places.Data = None, database: places.Database = None, lang: options.Lang = None
) -> None:
    """List users with their roles."""
    from glioscope.server.access.users import all_users

    with _connected(data, database, lang) as connection:
        for name, role, sees_identity, disabled in all_users(connection):
            words = [role, "" if sees_identity else "no identity", "disabled" if disabled else ""]
            typer.echo(f"{name}\t{', '.join(word for word in words if word)}")


@users_app.command("token")
def token(
    name: Name,
    label: Annotated[str, typer.Option(help="What it is for.")],
    days: Annotated[
        int | None, typer.Option(min=1, help="How long it is good for.", show_default="for ever")
    ] = None,
    data: places.Data = None,
    database: places.Database = None,
    lang: options.Lang = None,
) -> None:
    """Print a new token for a program that acts as a user; it is shown this once."""
    from glioscope.server.access.audit import record
    from glioscope.server.access.passes import new_token
    from glioscope.server.access.users import id_of

    with _connected(data, database, lang) as connection:
        secret = new_token(connection, id_of(connection, name), label, days)
        record(connection, _CONSOLE, "new token", name)
    typer.echo(secret)


@audit_app.command("verify")
def verify(
    data: places.Data = None, database: places.Database = None, lang: options.Lang = None
) -> None:
    """Check that no row of the audit was changed, removed or put in; else leave with 1."""
    from glioscope.server.access.audit import count, first_fault

    with _connected(data, database, lang) as connection:
        fault = first_fault(connection)
        rows = count(connection)
    if fault is not None:
        raise GlioscopeError("server.audit_fault", row=fault)
    language = language_in(lang, Settings.from_environment())
    typer.echo(message("server.audit_whole", rows=rows).in_language(language))


@contextmanager
def _connected(
    data: "Path | None", database: str | None, lang: str | None
) -> "Generator[Connection, None, None]":
    """A transaction on the server's database."""
    language = language_in(lang, Settings.from_environment())
    context = places.place_of(data, database, None).context(language, None)
    with closing(context), context.engine.begin() as connection:
        yield connection
