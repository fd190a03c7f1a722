"""A client that a generator makes from the OpenAPI hands a study in and fetches its result."""

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import delete

from glioscope.database.tables import User
from glioscope.server.access import passes, users
from glioscope.server.access.roles import Role
from server.hospital import address_of

# In an environment of its own (`make test`): it goes with no Typer that glioscope goes with.
GENERATOR = Path(sys.prefix) / "generator" / "bin" / "openapi-python-client"
NAME = "glioscope_client"
# As docs/how-to/from-a-program.md has it; the generator knows files by this name alone.
FILES = {
    "content_type_overrides": {
        "application/gzip": "application/octet-stream",
        "image/png": "application/octet-stream",
    }
}


@pytest.fixture
def generated(analysed, tmp_path: Path, monkeypatch) -> Iterator[Any]:
    """Imports a module of the generated client."""
    if not GENERATOR.exists():
        pytest.skip("openapi-python-client is not installed")
    here, _ = analysed
    document, config = tmp_path / "openapi.json", tmp_path / "config.json"
    document.write_text(here.client.get("/api/v1/openapi.json").text)
    config.write_text(json.dumps({**FILES, "post_hooks": []}))
    command = [GENERATOR, "generate", "--meta", "none"]
    made = subprocess.run(
        [*command, "--path", document, "--output-path", tmp_path / NAME, "--config", config],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    said = made.stdout + made.stderr
    left_out = [line for line in said.splitlines() if line.startswith("WARNING")]
    # STOW-RS is for programs that speak DICOM; the generator does not know its media type.
    assert all("dicom_web" in line for line in left_out), said
    monkeypatch.syspath_prepend(tmp_path)

    def module(name: str) -> ModuleType:
        return importlib.import_module(f"{NAME}.{name}" if name else NAME)

    yield module
    for name in [n for n in sys.modules if n.split(".")[0] == NAME]:
        del sys.modules[name]


def test_it_hands_in_waits_and_fetches(analysed, packed, generated, tmp_path: Path) -> None:
    here, _ = analysed
    with here.context.engine.begin() as connection:
        one = users.add_user(connection, "program", None, Role.READER, sees_identity=True)
        token = passes.new_token(connection, one, "test", None)
    try:
        with address_of(here) as address:
            made = generated("").AuthenticatedClient
            with made(base_url=address, token=token) as client:
                _use(generated, client, packed)
            with made(base_url=address, token="nobody's") as stranger:
                refused = generated("api.studies.list_studies").sync(client=stranger)
            assert refused.status == 401 and refused.detail
    finally:
        with here.context.engine.begin() as connection:
            connection.execute(delete(User))


def _use(generated, client, packed: bytes) -> None:
    files = [generated("types").File(payload=packed, file_name="disc.zip")]
    body = generated("models").BodyUploadFiles(files=files)
    [study] = generated("api.uploads.upload_files").sync(client=client, body=body).studies
    deadline = time.monotonic() + 120
    while generated("api.studies.get_study").sync(study.id, client=client).state != "done":
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)
    analysis = generated("api.results.get_analysis").sync(study.id, client=client)
    assert analysis["decision"] == "tumour"
    fetched = generated("api.results.get_file").sync(study.id, "report.ru.pdf", client=client)
    assert fetched.payload.read().startswith(b"%PDF")
    picture = generated("api.results.get_slice").sync(study.id, 3, client=client)
    assert picture.payload.read().startswith(b"\x89PNG")
    bundle = generated("api.results.get_fhir").sync(study.id, client=client)
    assert bundle["resourceType"] == "Bundle"
    page = generated("api.studies.list_studies").sync(client=client, search="77")
    assert [one.id for one in page.studies] == [study.id]
    parts = generated("api.uploads.begin_upload").sync(client=client)
    part = generated("types").File(payload=b"x")
    sent = generated("api.uploads.put_part").sync(parts.id, client=client, body=part, name="a")
    assert sent.files["a"] == 1
    none = generated("api.studies.get_study").sync("0" * 32, client=client)
    assert none.status == 404 and none.type_.startswith("urn:glioscope:problem:")
