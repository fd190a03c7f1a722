# pyright: basic
# It speaks with Ray, whose types have gaps.
"""The Ray cluster whose computers a command may work on."""

import logging
import os
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import Any

from glioscope.errors import UsageError
from glioscope.settings import from_environment

# Nobody is told that this cluster exists, and GPUs are not ours to hide.
_ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
_AUTO = "auto"
# Ray itself asks an address where nobody listens for minutes.
_CONNECT_S = 10


class EngineName(StrEnum):
    """Where a command works."""

    LOCAL = "local"
    RAY = "ray"


def require_ray(engine: EngineName, address: str | None) -> None:
    """Refuse an address that nobody would connect to.

    Raises:
        UsageError: there is one without `--engine ray`.
    """
    if address and engine is not EngineName.RAY:
        raise UsageError("cli.cluster_address")


@contextmanager
def connected(address: str | None) -> Generator[Any, None, None]:
    """The library Ray, connected to the cluster at `HOST:PORT`; None is that of this computer.

    What was started there ends with the block. Nothing comes on stdout meanwhile.

    Raises:
        UsageError: there is none.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import ray

    where = address or from_environment("RAY_ADDRESS") or _AUTO
    before = signal.getsignal(signal.SIGTERM)
    # It says on stdout, which is for results, which of its processes ended.
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        try:
            _require_listener(where)
            ray.init(where, log_to_driver=False, logging_level=logging.CRITICAL)
        except (OSError, RuntimeError, ValueError) as error:
            said = str(error).split("\n")[0]
            raise UsageError("cli.cluster_none", address=where, said=said) from error
        finally:
            # It ends the process at SIGTERM without a word; ours tells what was done.
            signal.signal(signal.SIGTERM, before)
        try:
            yield ray
        finally:
            ray.shutdown()


def _require_listener(address: str) -> None:
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S).close()
