"""Pages of other sites in the same browser can neither read nor change anything."""

import pytest


@pytest.mark.parametrize("host", ["127.0.0.1:8470", "localhost", "[::1]:8470"])
def test_its_own_names_are_answered(empty, host: str) -> None:
    assert empty.client.get("/api/v1/studies", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "10.0.0.1"])
def test_a_foreign_name_that_points_here_is_not(empty, host: str) -> None:
    for path in ("/", "/api/v1/studies", "/metrics"):
        answer = empty.client.get(path, headers={"Host": host})
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
    ],
)
def test_a_foreign_page_changes_nothing(empty, packed, headers) -> None:
    files = {"files": ("disc.zip", packed)}
    answer = empty.client.post("/api/v1/uploads/files", files=files, headers=headers)
    assert answer.status_code == 403
    assert empty.list() == []


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}]
)
def test_its_own_pages_and_programs_do(empty, headers) -> None:
    assert empty.client.post("/api/v1/uploads", headers=headers).status_code == 201
