"""`glioscope serve`: the page for doctors and the API, with a worker."""

from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from glioscope.cli.server import network, places
from glioscope.cli.support import options
from glioscope.cli.support.console import Notices
from glioscope.cli.support.language import language_in
from glioscope.settings import Settings, charset_of
from glioscope.texts.message import message


def serve(
    data: places.Data = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8470,
    workers: Annotated[
        int, typer.Option(min=0, max=64, help="Studies analysed at once by this process.")
    ] = 1,
    database: places.Database = None,
    store: places.Store = None,
    study_seconds: places.StudySeconds = places.STUDY_S,
    study_memory: places.StudyMemory = places.STUDY_GIB,
    name: network.Name = None,
    tls_cert: network.TlsCert = None,
    tls_key: network.TlsKey = None,
    self_signed: network.SelfSigned = False,
    behind_proxy: network.BehindProxy = None,
    user_header: network.UserHeader = None,
    new_users: network.NewUsers = None,
    keep_days: network.KeepDays = None,
    with_demo: Annotated[
        bool, typer.Option("--with-demo", help="Load studies made by code, to look around.")
    ] = False,
    lang: options.Lang = None,
    charset: options.Charset = None,
) -> None:
    """Open the workplace in the browser: studies in, results to look at."""
    from glioscope.server.demo import load_demo
    from glioscope.server.reach.terms import Wanted
    from glioscope.server.serve import bound, require_users
    from glioscope.server.serve import serve as serve_until_stopped
    from glioscope.server.upkeep.retention import keep_no_longer

    settings = Settings.from_environment()
    language = language_in(lang, settings)
    wanted = Wanted(
        host=host,
        names=tuple(name or ()),
        tls_cert=tls_cert,
        tls_key=tls_key,
        self_signed=self_signed,
        proxies=tuple(behind_proxy or ()),
        user_header=user_header,
        new_users=network.role_of(new_users) if new_users else None,
    )
    reach, provider = wanted.reach(), network.provider_of(settings)
    place = places.place_of(data, database, store)
    page = charset_of(charset, "--charset") if charset else settings.charset
    with (
        bound(host, port) as listener,
        closing(place.context(language, page)) as opened,
    ):
        context = replace(opened, hosts=wanted.hosts(), reach=reach, openid=provider)
        require_users(context)
        certificate = network.certificate_of(wanted, place.data)
        if with_demo:
            load_demo(context)
        typer.echo(wanted.address(listener.getsockname()[1]))
        if certificate and self_signed:
            said = message("server.fingerprint", fingerprint=certificate.fingerprint)
            Notices(lang=language).note(said)
        serve_until_stopped(
            context,
            listener,
            places.limits_of(study_seconds, study_memory),
            workers,
            certificate=certificate,
            chores=[
                *([certificate.refresh] if certificate else []),
                *([partial(keep_no_longer, context, keep_days)] if keep_days is not None else []),
            ],
        )
