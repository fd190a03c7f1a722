"""Installs glioscope from the folder in which this file lies, without a network.

`install.sh [FOLDER]` and `install.bat [FOLDER]` call it. It needs nothing but a Python, even one
that glioscope cannot use, and then looks for one that it can.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
_ASK = "import sys; print('%d.%d' % sys.version_info[:2])"


def say(english, russian):
    """Both languages: nobody has chosen one yet."""
    print(english)
    print(russian, flush=True)


def offered():
    """The Pythons that the bundle has packages for."""
    found = (p.stem.rpartition("-")[2] for p in HERE.glob("requirements-*.txt"))
    return sorted(found, key=lambda version: int(version.partition(".")[2]))


def candidates(versions):
    """Commands that may be a Python, the one that runs this first."""
    yield [sys.executable]
    for version in reversed(versions):
        yield ["py", f"-{version}"] if WINDOWS else [f"python{version}"]


def python_for(versions):
    """The first command that is one of these versions, and which."""
    for command in candidates(versions):
        try:
            done = subprocess.run([*command, "-c", _ASK], check=False, capture_output=True)
        except OSError:
            continue
        version = done.stdout.decode("ascii", "replace").strip()
        if done.returncode == 0 and version in versions:
            return command, version
    return None, None


def usual_folder():
    """Where programs of one user lie; short on Windows, whose paths may not be long."""
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "Programs" / "glioscope"
    return Path.home() / "glioscope"


def run(*words):
    """Run a step, which prints for itself; True where it went well."""
    return subprocess.run([str(word) for word in words], check=False).returncode == 0


def main():
    """Make an environment, install into it, and try what was installed."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else usual_folder()
    versions = offered()
    command, version = python_for(versions)
    if command is None:
        known = ", ".join(versions)
        say(
            f"error: Python {known} is needed and was not found; see README.md",
            f"ошибка: нужен Python {known}, он не найден; см. README.ru.md",
        )
        return 1
    say(f"Installing into {target}", f"Установка в {target}")
    programs = target / ("Scripts" if WINDOWS else "bin")
    if not run(*command, "-m", "venv", target):
        say(
            "error: Python cannot make an environment; Debian, Ubuntu and Astra Linux need the "
            f"package python{version}-venv",
            "ошибка: Python не может создать окружение; в Debian, Ubuntu и Astra Linux нужен "
            f"пакет python{version}-venv",
        )
        return 1
    # --isolated: no settings of this computer lead pip to another place.
    pip = (programs / "python", "-m", "pip", "--isolated", "--disable-pip-version-check")
    install = ("install", "--quiet", "--no-index", "--find-links", HERE / "wheels")
    exact = ("--require-hashes", "-r", HERE / f"requirements-{version}.txt")
    if not run(*pip, *install, *exact) or not run(programs / "glioscope", "selftest"):
        say(
            "error: not installed; is this the bundle for this system? What is wrong stands above",
            "ошибка: не установлено; для этой ли системы набор? Причина указана выше",
        )
        return 1
    say(
        f"Installed. Open the workplace: {programs / 'glioscope'} serve",
        f"Установлено. Открыть рабочее место: {programs / 'glioscope'} serve",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
