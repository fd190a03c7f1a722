"""Units, image and compose file are true to the command line and to the settings, and locked down.

systemd itself looks at the units where it is there; nothing here starts a container.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from commands import DEPLOY, ROOT, check_glioscope, words_of
from glioscope.pacs.config import OrthancSource, StowDestination, load_config
from glioscope.settings import Settings

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAM = "/opt/glioscope/bin/glioscope"
VARIABLES = {f.metadata["env"] for f in fields(Settings)}
# Of which systemd counts ten as "exposed"; an unguarded service has 9.2.
MOST_EXPOSURE = 2.0
SERVICES = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text("utf-8"))["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "glioscope"}


def environment() -> dict[str, str]:
    text = (DEPLOY / "systemd" / "glioscope.env").read_text("utf-8")
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))


def lines(unit: Path) -> list[tuple[str, str]]:
    return re.findall(r"^(\w+)=(.*)$", unit.read_text("utf-8"), re.MULTILINE)


def test_what_is_set_is_a_setting() -> None:
    """Each variable of the units' file, of the image and of the compose file."""
    container = "".join(p.read_text("utf-8") for p in (DEPLOY / "container").iterdir())
    named = {n for n in environment() if n.startswith("GLIOSCOPE_")}
    assert {"GLIOSCOPE_DATA", "GLIOSCOPE_DATABASE", "GLIOSCOPE_LANG"} <= named
    assert named | set(re.findall(r"GLIOSCOPE_[A-Z_]+", container)) <= VARIABLES
    assert Settings.from_environment(environment()).data == Path("/var/lib/glioscope")


@pytest.mark.parametrize("unit", UNITS, ids=lambda p: p.name)
def test_a_unit_starts_what_there_is(unit: Path) -> None:
    told = dict(lines(unit))
    words = words_of(told["ExecStart"].replace("$SERVE_OPTIONS", environment()["SERVE_OPTIONS"]))
    assert words[0] == PROGRAM
    check_glioscope(words[1:])
    assert told["EnvironmentFile"] == "/etc/glioscope/glioscope.env"
    assert environment()["GLIOSCOPE_DATA"] == f"/var/lib/{told['StateDirectory']}"


def test_all_units_are_locked_down_alike() -> None:
    """As systemd reads them: everything but what starts."""
    own = {"Description", "ExecStart"}
    alike = [[line for line in lines(unit) if line[0] not in own] for unit in UNITS]
    assert len(UNITS) == 3 and alike[0] == alike[1] == alike[2]
    told = dict(alike[0])
    assert told["User"] == told["Group"] == "glioscope"
    assert (told["ProtectSystem"], told["NoNewPrivileges"]) == ("strict", "yes")
    assert (told["CapabilityBoundingSet"], told["StateDirectoryMode"]) == ("", "0700")
    # A usage error is mended by a person, not by another start.
    assert (told["Restart"], told["RestartPreventExitStatus"]) == ("on-failure", "2")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        # systemd wants the program to be there.
        text = unit.read_text("utf-8").replace(PROGRAM, "/bin/true")
        (tmp_path / unit.name).write_text(text, "utf-8")
    paths = [str(tmp_path / unit.name) for unit in UNITS]
    done = analyze("verify", *paths)
    assert (done.returncode, done.stderr) == (0, "")
    rated = analyze("security", "--offline=true", "--no-pager", paths[0])
    found = re.search(r"exposure level for \S+: ([0-9.]+)", rated.stdout)
    assert found and float(found[1]) <= MOST_EXPOSURE, rated.stdout


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_what_there_is(name: str) -> None:
    words = [re.sub(r"\$\{\w+:-(\w*)\}", r"\1", word) for word in OURS[name]["command"]]
    check_glioscope(words)


@pytest.mark.parametrize("name", OURS)
def test_a_service_can_write_nothing_but_its_data(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"][0] == "data:/data"
    assert all(volume.endswith(":ro") for volume in service["volumes"][1:])


def test_nobody_reaches_the_database_but_our_services() -> None:
    database = SERVICES["database"]
    assert "ports" not in database and database["networks"] == ["inside"]
    assert "healthcheck" in database and "/health" in str(SERVICES["server"]["healthcheck"])


def test_the_image_is_nobodys_root_and_has_the_locked_releases() -> None:
    text = (DEPLOY / "container" / "Containerfile").read_text("utf-8")
    user, ids = re.findall(r"^USER (\d+):(\d+)$", text, re.MULTILINE)[-1]
    assert int(user) and int(ids) and f"--uid {user}" in text
    assert "PIP_CONSTRAINT=constraints.txt" in text and PROGRAM in text
    for source in copied(text):
        assert (ROOT / source).exists(), source


def copied(text: str) -> Iterator[str]:
    """What the image is built from, as it lies in a clone; the ignore file lets nothing else in."""
    ignored = (DEPLOY / "container" / "Containerfile.dockerignore").read_text("utf-8")
    let_in = re.findall(r"^!(\S+)$", ignored, re.MULTILINE)
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE):
        *sources, _ = line.split()
        assert set(sources) <= set(let_in), sources
        yield from sources


def test_the_nodes_file_for_an_orthanc_is_one(tmp_path: Path, monkeypatch) -> None:
    page = (ROOT / "docs" / "how-to" / "orthanc.md").read_text("utf-8")
    [shown] = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "pacs.toml").write_text(shown, "utf-8")
    monkeypatch.setenv("ORTHANC_PASSWORD", "secret")
    told = load_config(tmp_path / "pacs.toml")
    assert [type(one) for one in (*told.source, *told.destination)] == [
        OrthancSource,
        StowDestination,
    ]


def test_what_was_not_tried_says_so() -> None:
    for name in ("Containerfile", "compose.yaml", "orthanc.yaml"):
        said = (DEPLOY / "container" / name).read_text("utf-8")
        assert re.search(r"[Nn]ot (built|started) by\s+this project's tests", said), name
