"""What must hold before a server listens to other computers: names, TLS, and who may sign in."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from glioscope.errors import UsageError
from glioscope.server.access.roles import Role

# Names of this computer that others cannot reach it by.
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_EVERY = frozenset({"0.0.0.0", "::", ""})
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How other computers reach a server; as it stands they do not.

    Attributes:
        beyond: others reach it, and so nobody uses it without signing in.
        tls: it speaks TLS itself.
        proxies: addresses and networks of proxies that speak TLS for it.
        user_header: in which they say who asks; None where they do not.
        new_users: role of those whom the proxy knows and this server does not; None lets none in.
    """

    beyond: bool = False
    tls: bool = False
    proxies: tuple[str, ...] = ()
    user_header: str | None = None
    new_users: Role | None = None

    @property
    def secure(self) -> bool:
        """Whether every browser comes by TLS."""
        return self.tls or bool(self.proxies)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the operator has asked for, as the options of `glioscope serve` have it."""

    host: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    self_signed: bool = False
    proxies: tuple[str, ...] = ()
    user_header: str | None = None
    new_users: Role | None = None

    def reach(self) -> Reach:
        """How the server will be reached.

        Raises:
            UsageError: options contradict each other, or what others reach would not be safe.
        """
        self._check_tls()
        self._check_proxy()
        beyond = self.host not in LOOPBACK or bool(self.proxies)
        tls = self.tls_cert is not None or self.self_signed
        if beyond and not (tls or self.proxies):
            raise UsageError("server.needs_tls", host=self.host)
        if beyond and not self.names and (self.proxies or self.host in _EVERY):
            raise UsageError("server.needs_name", host=self.host)
        return Reach(
            beyond=beyond,
            tls=tls,
            proxies=self.proxies,
            user_header=self.user_header,
            new_users=self.new_users,
        )

    def hosts(self) -> frozenset[str]:
        """Names under which the server may be called."""
        own = [] if self.host in _EVERY else [self.host]
        return LOOPBACK | {name.lower() for name in (*own, *self.names)}

    def address(self, port: int) -> str:
        """Where a browser finds the server, or its proxy does."""
        host = self.host
        if self.names and not self.proxies and self.host not in LOOPBACK:
            host = self.names[0]
        scheme = "https" if self.tls_cert is not None or self.self_signed else "http"
        shown = f"[{host}]" if ":" in host else host
        return f"{scheme}://{shown}:{port}/"

    def _check_tls(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise UsageError("server.tls_pair")
        ways = (self.tls_cert is not None, self.self_signed, bool(self.proxies))
        if sum(ways) > 1:
            raise UsageError("server.tls_once")

    def _check_proxy(self) -> None:
        for address in self.proxies:
            try:
                ipaddress.ip_network(address, strict=False)
            except ValueError as error:
                raise UsageError("server.proxy_address", value=address) from error
        if self.user_header is not None:
            if not self.proxies:
                raise UsageError("server.header_alone")
            if not _HEADER.fullmatch(self.user_header):
                raise UsageError("server.header_name", value=self.user_header)
        elif self.new_users is not None:
            raise UsageError("server.new_users_alone")
        if self.new_users is Role.ADMIN:
            raise UsageError("server.new_admins")
