"""HEAD: the head of the answer to GET, and nothing else."""

import urllib.request

import anyio
import pytest

from glioscope.server.head_requests import HeadRequests
from server.hospital import address_of

PLACES = ["/", "/login", "/health", "/ready", "/api/v1/studies", "/nowhere"]


@pytest.mark.parametrize("path", PLACES)
def test_the_head_is_that_of_get(empty, path: str) -> None:
    got, head = empty.client.get(path), empty.client.head(path)
    assert head.status_code == got.status_code
    assert head.headers == got.headers and int(head.headers["content-length"]) > 0
    assert head.content == b""


def test_a_file_is_not_read_to_its_end(analysed) -> None:
    here, study_id = analysed
    place = f"/api/v1/studies/{study_id}/files/report.en.pdf"
    head = here.client.head(place)
    assert head.status_code == 200 and head.content == b""
    assert int(head.headers["content-length"]) == len(here.client.get(place).content)


def test_by_the_line_too(empty) -> None:
    with address_of(empty) as address:
        for path in ("/", "/api/v1/events"):
            request = urllib.request.Request(f"{address}{path}", method="HEAD")
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert answer.status == 200 and answer.read() == b""


def test_what_does_not_end_is_not_waited_for() -> None:
    pieces = 0

    async def endless(scope, receive, send) -> None:
        nonlocal pieces
        assert scope["method"] == "GET"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            pieces += 1
            await send({"type": "http.response.body", "body": b"x", "more_body": True})

    sent = []

    async def send(said) -> None:
        sent.append(said)

    async def ask() -> None:
        with anyio.fail_after(10):
            await HeadRequests(endless)({"type": "http", "method": "HEAD"}, None, send)

    anyio.run(ask)
    assert pieces == 1
    assert sent[1:] == [{"type": "http.response.body", "body": b""}]
