"""The offline bundle of this computer, installed and tried where there is no network.

`python -m tools.offline_check` collects the bundle for this system and Python, installs it as its
README says in a network namespace of its own, which holds a loopback and no way out, has
`glioscope selftest` and `glioscope serve` run there, and asks the server for `/health`.
"""

import fcntl
import json
import platform
import socket
import struct
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from tools.offline import CollectError, collect, own_wheel

_MACHINES = {"aarch64": "arm64", "AMD64": "x86_64", "ARM64": "arm64"}
_SYSTEMS = {"Darwin": "macos"}
# Of the kernel's interface: set an interface's flags, and the flag that means "up".
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_INSIDE = "--inside"


def this_platform() -> tuple[str, str]:
    """System and Python that run this, as `tools.offline` names them."""
    system = _SYSTEMS.get(platform.system(), platform.system().lower())
    machine = _MACHINES.get(platform.machine(), platform.machine())
    return f"{system}-{machine}", f"{sys.version_info.major}.{sys.version_info.minor}"


def loopback_alone() -> None:
    """Turn on the loopback of a new network namespace.

    Raises:
        RuntimeError: there is another way out than that.
    """
    names = [name for _, name in socket.if_nameindex()]
    # Some kernels put tunnels that lead nowhere into every namespace; all of them are down.
    up = [name for name in names if name != "lo" and _is_up(name)]
    if up:
        raise RuntimeError(f"the network is not off: {', '.join(up)}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def _is_up(name: str) -> bool:
    return bool(int(Path(f"/sys/class/net/{name}/flags").read_text("ascii"), 16) & _IFF_UP)


def install_and_try(bundle: Path) -> None:
    """Install the bundle into a new folder and use what was installed.

    Raises:
        CalledProcessError: a step failed.
        RuntimeError: the server does not answer as it should.
    """
    with TemporaryDirectory() as folder:
        target = Path(folder) / "glioscope"
        # Ends with `glioscope selftest`.
        subprocess.run(["sh", str(bundle / "install.sh"), str(target)], check=True)
        words = [str(target / "bin" / "glioscope"), "serve", "--port", "0", "--workers", "0"]
        words += ["--data", str(Path(folder) / "data")]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
            try:
                address = server.stdout.readline().strip() if server.stdout else ""
                if not address.startswith("http://127.0.0.1:"):
                    raise RuntimeError(f"the server printed no address but {address!r}")
                with urlopen(f"{address}health", timeout=60) as answer:
                    found = json.load(answer)
            finally:
                server.terminate()
        if found != {"state": "alive"}:
            raise RuntimeError(f"/health answers {found}")


def main() -> int:
    """The command; leaves with 0 when all went well."""
    if _INSIDE in sys.argv:
        loopback_alone()
        install_and_try(Path(sys.argv[-1]))
        print("installed, tried and served without a network")
        return 0
    system, python = this_platform()
    with TemporaryDirectory() as folder:
        try:
            own = own_wheel(Path(folder))
            bundle, without = collect(system, [python], own, Path(folder))
        except CollectError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        if without:
            print(f"not collected: {'; '.join(without)}", file=sys.stderr)
            return 1
        # --map-root-user: so that this needs no rights.
        alone = ["unshare", "--net", "--map-root-user", sys.executable, "-m", __spec__.name]
        return subprocess.run([*alone, _INSIDE, str(bundle)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
