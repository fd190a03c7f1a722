"""Reviews over the API: what each verdict needs, whose they are, and what the list says of them."""

import pytest

from server.api.reading.conftest import NONE, code


def refused(ward, who: str, **given) -> tuple[int, str]:
    answer = ward.ask(who, "POST", "reviews", json=given)
    return answer.status_code, code(answer)


def test_accept_correct_and_reject(ward) -> None:
    version = ward.draw("anna")
    accepted = ward.review("boris", "accept", comment="ja", seconds=40)
    corrected = ward.review("anna", "correct", version=version["id"])
    rejected = ward.review("chief", "reject", reason="infarct")
    assert [r["number"] for r in (accepted, corrected, rejected)] == [1, 2, 3]
    assert ward.got("vera", "GET", "reviews") == {"reviews": [accepted, corrected, rejected]}
    assert rejected["reason"] == "infarct" and corrected["version"] == version["id"]
    assert accepted["signed_at"] is None and accepted["seconds"] == 40


def test_a_verdict_without_what_it_speaks_of_is_refused(ward) -> None:
    version = ward.draw("anna")
    assert refused(ward, "boris", verdict="reject") == (422, "server.no_reason")
    assert refused(ward, "boris", verdict="reject", reason="x") == (422, "server.invalid")
    none = (422, "server.not_your_version")
    assert refused(ward, "boris", verdict="correct") == none
    assert refused(ward, "boris", verdict="correct", version=version["id"]) == none
    assert refused(ward, "boris", verdict="correct", version=NONE) == none
    assert refused(ward, "boris", verdict="accept", list=NONE) == (403, "server.not_your_list")


def test_signed_it_locks_and_a_later_one_supersedes(ward) -> None:
    first = ward.review("anna", "accept")
    assert ward.ask("boris", "POST", f"reviews/{first['id']}/sign").status_code == 403
    signed = ward.got("anna", "POST", f"reviews/{first['id']}/sign")
    assert signed["signed_at"] >= signed["created_at"]
    for method, path in (("POST", "/sign"), ("DELETE", "")):
        answer = ward.ask("anna", method, f"reviews/{first['id']}{path}")
        assert (answer.status_code, code(answer)) == (409, "server.review_fixed")
    assert refused(ward, "anna", verdict="accept") == (409, "server.review_locked")
    later = ward.review("anna", "reject", reason="other", supersedes=first["id"])
    both = ward.got("vera", "GET", "reviews")["reviews"]
    assert both == [{**signed, "superseded_by": later["id"]}, later]
    assert ward.ask("anna", "DELETE", f"reviews/{later['id']}").status_code == 204
    assert ward.got("vera", "GET", "reviews")["reviews"] == [signed]
    assert ward.ask("anna", "DELETE", f"reviews/{NONE}").status_code == 404


def test_the_work_list_tells_the_newest(ward) -> None:
    def shown(review: str | None = None) -> list:
        found = ward.got("vera", "GET", "/studies", params={"review": review} if review else {})
        assert found["total"] == len(found["studies"])
        return [one["review"] for one in found["studies"]]

    assert shown() == shown("none") == [None] and shown("signed") == shown("unsigned") == []
    first = ward.review("anna", "accept")
    [line] = shown("unsigned")
    assert line == {
        "verdict": "accept",
        "reader": "anna",
        "signed": False,
        "at": first["created_at"],
    }
    assert shown("none") == shown("signed") == []
    signed = ward.got("anna", "POST", f"reviews/{first['id']}/sign")
    assert [one["at"] for one in shown("signed")] == [signed["signed_at"]]
    ward.review("boris", "reject", reason="artefact")
    assert [one["reader"] for one in shown("unsigned")] == ["boris"] and shown("signed") == []
    assert ward.got("vera", "GET", "")["review"]["verdict"] == "reject"


def test_the_work_list_tells_who_has_it_open(ward) -> None:
    for who, page in (("anna", "a"), ("boris", "b"), ("boris", "c")):
        found = ward.got(who, "PUT", "presence", params={"page": page})
    assert found == {"others": ["anna"]}
    assert ward.got("anna", "GET", "")["open_by"] == ["boris"]
    for page in ("b", "c"):
        assert ward.ask("boris", "DELETE", "presence", params={"page": page}).status_code == 204
    assert ward.got("anna", "GET", "")["open_by"] == []
    assert ward.ask("anna", "PUT", "presence", params={"page": "a b"}).status_code == 422


def test_agreement_is_of_the_model_and_of_readers(ward) -> None:
    ward.draw("anna", 2)
    last, his = ward.draw("anna", 3), ward.draw("boris", 4)
    pairs = ward.got("vera", "GET", "agreement")["pairs"]
    assert [(p["a"]["who"], p["b"]["who"]) for p in pairs] == [
        ("model", "anna"),
        ("model", "boris"),
        ("anna", "boris"),
    ]
    both = pairs[2]
    assert both["a"]["version"] == last["id"] and both["b"]["version"] == his["id"]
    # Squares of 10 x 10 on slices 3, 4 and 4, 5, shifted by one row.
    assert both["dice"] == pytest.approx(2 * 90 / 400)
    assert both["slices"][3:6] == [0.0, pytest.approx(0.9), 0.0]
    assert both["volume_difference_ml"] == 0 and 0 < both["kappa"] < both["dice"]
