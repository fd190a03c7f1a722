"""What every answer of the server has in common, and its description of itself."""

from glioscope import __version__


def test_every_answer_forbids_what_is_foreign(empty) -> None:
    for path in ("/", "/studies/x", "/api/v1/studies", "/api/v1/none", "/health"):
        headers = empty.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert empty.client.get("/api/v1/studies").headers["cache-control"] == "no-store"


def test_it_describes_itself(empty) -> None:
    document = empty.client.get("/api/v1/openapi.json").json()
    assert document["info"]["version"] == __version__
    assert "not a medical device" in document["info"]["description"]
    assert "/api/v1/studies/{study_id}" in document["paths"]


def test_a_failure_inside_tells_nothing_of_the_patient(empty, monkeypatch) -> None:
    from glioscope.server.api import studies

    def broken(*_: object) -> None:
        raise RuntimeError("Ivanova^Anna")

    monkeypatch.setattr(studies, "page", broken)
    answer = empty.client.get("/api/v1/studies")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Ivanova" not in answer.text
