"""A blind reader learns nothing of the model's answer or of others by any route there is."""

import json

import pytest

from server.access.test_guard import LIST, STUDY, TABLE, VERSION
from server.api.reading.conftest import code, packed, square, ward_at

SECRET = "what-boris-thinks"
# Routes that a blind reader is refused; all others that he may ask are looked into.
REFUSED = {
    f"{STUDY}/analysis",
    f"{STUDY}/fhir",
    f"{STUDY}/files",
    f"{STUDY}/files/{{name:path}}",
    f"{STUDY}/agreement",
    f"{VERSION}/mask",
    f"{VERSION}/view",
    f"{VERSION}/files",
    f"{VERSION}/files/{{name:path}}",
    f"{LIST}/agreement",
}
# Asked in tests of their own: each has a name, a picture or a stream to it.
APART = {
    f"{STUDY}/view/{{name}}",
    f"{STUDY}/slices/{{index}}.png",
    f"{STUDY}/comparison",
    "/api/v1/events",
}


@pytest.fixture
def read(ward):
    return begun(ward)


@pytest.fixture(scope="module")
def only_asked(tmp_path_factory, analysed_data):
    """The same, of which nobody changes what Anna may see."""
    with ward_at(tmp_path_factory.mktemp("blind") / "data", analysed_data) as ward:
        yield begun(ward)


def begun(ward):
    """A list that Anna and Boris read; Boris has drawn, commented and handed in."""
    mine = ward.open_list()
    version = ward.draw("boris", list=mine)
    given = {"version": version["id"], "list": mine, "comment": SECRET}
    review = ward.review("boris", "correct", **given)
    ward.got("boris", "POST", f"reviews/{review['id']}/sign")
    return ward, mine, version["id"], review["id"]


def shown(ward, path: str, mine: str, version: str, who: str = "anna"):
    names = {"study_id": ward.study, "version_id": version, "list_id": mine, "user_id": "0" * 32}
    at = path.replace(":path", "").format(**names, name="report.en.pdf")
    change = CHANGES.get(path)
    method, options = ("PUT", change) if change else ("GET", {})
    return ward.ask(who, method, at.removeprefix("/api/v1"), **options)


# Of those that change something, what answers with the study.
CHANGES = {f"{STUDY}/priority": {"json": {"urgent": True}}}


def routes() -> set[str]:
    """What may be asked of the API, by the table that is held against the router."""
    found = {path for method, path in TABLE if method == "GET" and path.startswith("/api/v1/")}
    return {path for path in found - APART if "{upload_id}" not in path} | set(CHANGES)


@pytest.mark.parametrize("path", sorted(routes()))
def test_by_no_route(only_asked, path: str) -> None:
    ward, mine, version, review = only_asked
    model = ward.got("chief", "GET", "")["result"]
    answer = shown(ward, path, mine, version)
    if path in REFUSED:
        assert (answer.status_code, code(answer)) == (403, "server.blind")
        return
    # Anna's own, which there is none of, or nothing of the study.
    assert answer.status_code in (200, 204, 403, 404), path
    secrets = [SECRET, version, review, repr(model["probability"]), str(model["volume_ml"])]
    secrets += ['"decision":"tumour"', f'"slices":{json.dumps(model["slices"])}'.replace(" ", "")]
    for secret in secrets:
        assert secret not in answer.text.replace(": ", ":"), (path, secret)


def test_after_handing_in_he_sees_all(read) -> None:
    ward, mine, version, _ = read
    ward.hand_in("anna", mine)
    for path in REFUSED - {f"{LIST}/agreement"}:
        assert shown(ward, path, mine, version).status_code == 200, path
    assert SECRET in ward.ask("anna", "GET", "reviews").text
    assert ward.got("anna", "GET", "")["result"]["decision"] == "tumour"


def test_a_list_that_never_shows_the_model_keeps_it_after_that(ward) -> None:
    mine = ward.open_list("never")
    ward.hand_in("boris", mine)
    ward.hand_in("anna", mine)
    assert ward.ask("anna", "GET", "analysis").status_code == 403
    assert ward.got("anna", "GET", "")["result"]["probability"] is None
    pairs = ward.got("anna", "GET", "agreement", params={"list": mine})["pairs"]
    assert [(p["a"]["who"], p["b"]["who"]) for p in pairs] == [("anna", "boris")]
    versions = ward.got("anna", "GET", "versions")["versions"]
    assert {v["author"] for v in versions} == {"anna", "boris"}
    assert [v[k] for v in versions for k in ("added", "removed", "dice")] == [None] * 6
    ward.got("chief", "POST", f"/lists/{mine}/close")
    assert ward.ask("anna", "GET", "analysis").status_code == 200


@pytest.mark.parametrize("who", ["vera", "chief"])
def test_who_does_not_read_the_list_sees_everything(read, who) -> None:
    ward, mine, version, _ = read
    for path in REFUSED - {f"{LIST}/agreement"}:
        assert shown(ward, path, mine, version, who).status_code == 200, path


def test_an_admin_who_reads_is_as_blind(ward) -> None:
    mine = ward.open_list(readers=("anna", "chief"))
    assert ward.ask("chief", "GET", "analysis").status_code == 403
    assert ward.ask("chief", "GET", f"/lists/{mine}/agreement").status_code == 403


def test_the_view_is_stripped_to_pictures(read) -> None:
    ward, *_ = read
    before = ward.got("chief", "GET", "view/view.json")
    answer = ward.ask("anna", "GET", "view/view.json?result=x")
    assert answer.headers["cache-control"] == "no-store", "after handing in it is another"
    facts = answer.json()
    assert facts["rule"] is None and before["rule"]
    for lang in ("ru", "en"):
        assert before["said"][lang]["conclusion"]
        assert (facts["said"][lang]["conclusion"], facts["said"][lang]["notices"]) == ("", [])
    assert facts["channels"] == before["channels"] and facts["shape"] == before["shape"]
    assert ward.ask("anna", "GET", "view/flair.nii.gz").status_code == 200
    for name in ("mask", "probability", "bounds"):
        assert ward.ask("anna", "GET", f"view/{name}.nii.gz").status_code == 403


def test_nothing_is_compared_with_it(read) -> None:
    ward, *_ = read
    answer = ward.ask("anna", "GET", "comparison", params={"prior": ward.study})
    assert (answer.status_code, code(answer)) == (403, "server.blind")


def test_slices_are_shown_without_outline_alone(read) -> None:
    ward, *_ = read
    assert ward.ask("anna", "GET", "slices/5.png").status_code == 403
    assert ward.ask("anna", "GET", "slices/5.png?outline=false").status_code == 200
    assert ward.ask("chief", "GET", "slices/5.png").status_code == 200


def test_nobody_begins_with_what_he_may_not_see(read) -> None:
    ward, mine, version, _ = read
    content = packed(square(ward.shape(), 3))
    for base in ("model", version):
        for method, path in (("POST", "versions"), ("PUT", "draft")):
            params = {"base": base, "list": mine}
            answer = ward.ask("anna", method, path, params=params, content=content)
            assert (answer.status_code, code(answer)) == (403, "server.blind")
    answer = ward.ask("anna", "POST", "reviews", json={"verdict": "accept", "list": mine})
    assert (answer.status_code, code(answer)) == (422, "server.nothing_to_accept")


def test_his_own_is_his_and_tells_nothing_of_the_model(read) -> None:
    ward, mine, _, _ = read
    own = ward.draw("anna", list=mine)
    assert (own["added"], own["removed"], own["dice"]) == (None, None, None)
    assert [v["id"] for v in ward.got("anna", "GET", "versions")["versions"]] == [own["id"]]
    assert ward.ask("anna", "GET", f"versions/{own['id']}/mask").status_code == 200
    assert ward.ask("boris", "GET", f"versions/{own['id']}/mask").status_code == 200, "handed in"


def test_the_list_is_neither_found_nor_ordered_by_it(read) -> None:
    ward, *_ = read
    by_answer = "/studies?decision=tumour"
    assert ward.got("chief", "GET", by_answer)["total"] == 1
    assert ward.got("anna", "GET", by_answer) == {"total": 0, "studies": []}
    for sort in ("urgency", "probability", "volume"):
        assert ward.got("anna", "GET", f"/studies?sort={sort}")["total"] == 1
    ward.review("chief", "reject", reason="infarct")
    assert ward.got("anna", "GET", "/studies?review=none")["total"] == 1
    assert ward.got("chief", "GET", "/studies?review=unsigned")["total"] == 1
    assert ward.got("anna", "GET", "")["review"] is None


def test_every_route_of_a_study_was_thought_of() -> None:
    """A new one is refused to a blind reader, or stands here as one that tells him nothing."""
    known = {path for method, path in TABLE if method == "GET" and path.startswith(STUDY)}
    assert known - REFUSED - APART == {
        STUDY,
        f"{STUDY}/versions",
        f"{STUDY}/reviews",
        f"{STUDY}/draft",
        f"{STUDY}/priors",
    }
