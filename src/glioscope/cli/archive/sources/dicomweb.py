"""Studies that fit a query to a DICOMweb server, each fetched when its turn comes.

QIDO-RS finds them and WADO-RS brings them, as for the PACS node. Passwords stay in the environment:
each process reads them there.
"""

import ipaddress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from glioscope.cli.batch.elsewhere import Distant, not_here
from glioscope.errors import InputError, MissingSequence, Unreachable, UsageError
from glioscope.pacs.config import Web
from glioscope.pacs.sources.dicomweb import Dicomweb
from glioscope.pacs.sources.source import SourceDown
from glioscope.reading.dicom.study import pseudonym
from glioscope.settings import Settings

_SCHEMES = {"dicomweb+https": "https", "dicomweb+http": "http"}


@dataclass(frozen=True)
class WebStudy:
    """An `Origin`: one study of a server.

    `version` is how many instances it has there, or `untold`.
    """

    web: Web
    uid: str = field(repr=False)
    version: str

    @property
    def key(self) -> str:
        """Of the server and the study."""
        return sha256(f"{self.web.url} {self.uid}".encode()).hexdigest()

    def bring(self, folder: Path) -> Path:
        """Fetch the study's MR series; errors as of `Origin`.

        Raises:
            MissingSequence: it has none, but for those of ours.
        """
        target = folder / pseudonym(self.uid)
        target.mkdir()
        source = _server(self.web)
        try:
            series = source.census(self.uid)
            if not series:
                raise MissingSequence("cli.web_no_series", name=self.web.url)
            source.fetch(self.uid, series, target)
            if len(list(target.iterdir())) < sum(series.values()):
                raise Unreachable("cli.source_cut", name=self.web.url)
        except SourceDown as error:
            raise Unreachable("cli.source_down", name=self.web.url, said=str(error)) from error
        finally:
            source.close()
        return target


def find(url: str, settings: Settings) -> list[Distant]:
    """Studies that fit, in the order in which the server tells them.

    Raises:
        UsageError: no such query, a password in the address, or HTTP to another computer.
        InputError: no study fits.
        Unreachable: the server does not answer or refuses to.
    """
    web, query = _web(url, settings), parse_qsl(urlsplit(url).query, keep_blank_values=True)
    # We ask page after page; what the user says of these is of all pages.
    plain = [pair for pair in query if pair[0] not in ("limit", "offset")]
    first, most = _number(web, query, "offset") or 0, _number(web, query, "limit")
    source = _server(web)
    try:
        told = source.find(plain)
        found = list(islice(told, first, None if most is None else first + most))
    except SourceDown as error:
        raise Unreachable("cli.source_down", name=web.url, said=str(error)) from error
    finally:
        source.close()
    if not found:
        raise InputError("cli.web_empty", name=web.url)
    return [_distant(web, uid, count or "untold") for uid, count in found]


def _distant(web: Web, uid: str, version: str) -> Distant:
    return Distant(pseudonym(uid), "elsewhere", not_here, origin=WebStudy(web, uid, version))


def _web(url: str, settings: Settings) -> Web:
    """The server behind a query, and with whose name it is asked."""
    told = urlsplit(url)
    host = told.netloc.rpartition("@")[2]
    name = f"{told.scheme}://{host}{told.path}"
    if told.scheme not in _SCHEMES or not told.hostname:
        raise UsageError("cli.web_query", name=name)
    if "@" in told.netloc:
        raise UsageError("cli.web_password", name=name)
    if told.scheme == "dicomweb+http" and not _is_here(told.hostname):
        raise UsageError("cli.web_plain", name=name)
    user, token = settings.dicomweb_user, settings.dicomweb_token
    return Web(
        url=f"{_SCHEMES[told.scheme]}://{host}{told.path}",
        user=user,
        password_env="GLIOSCOPE_DICOMWEB_PASSWORD" if user else None,
        token_env="GLIOSCOPE_DICOMWEB_TOKEN" if token else None,
        ca=settings.dicomweb_ca,
    )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _number(web: Web, query: list[tuple[str, str]], name: str) -> int | None:
    told = dict(query).get(name)
    if told is not None and not (told.isascii() and told.isdecimal()):
        raise UsageError("cli.web_query", name=web.url)
    return None if told is None else int(told)


def _server(web: Web) -> Dicomweb:
    return Dicomweb("batch", web, poll_s=0, days=0)
