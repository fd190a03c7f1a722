"""Reading lists: who sees which, what their readers hear of each other, and how far they agree."""

import pytest

from server.api.reading.conftest import NONE, code


def test_readers_see_their_lists_and_admins_all(ward) -> None:
    mine = ward.open_list(readers=("anna",))
    for who, there in (("anna", 1), ("boris", 0), ("vera", 0), ("chief", 1)):
        assert len(ward.got(who, "GET", "/lists")["lists"]) == there
        assert ward.ask(who, "GET", f"/lists/{mine}").status_code == (200 if there else 404)
    shown = ward.got("anna", "GET", f"/lists/{mine}")
    assert (shown["name"], shown["model_shown"], shown["readers"]) == ("series", "after", ["anna"])
    [study] = shown["studies"]
    assert (study["id"], study["position"], study["read_by"]) == (ward.study, 0, [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"readers": ["vera"]}, "server.no_reader"),
        ({"readers": ["nobody"]}, "server.no_reader"),
        ({"studies": [NONE]}, "server.no_study"),
        ({"readers": []}, "server.invalid"),
        ({"model_shown": "sometimes"}, "server.invalid"),
    ],
)
def test_a_list_of_what_is_not_there_is_refused(ward, change, said) -> None:
    given = {"name": "x", "readers": ["anna"], "studies": [ward.study], "model_shown": "after"}
    answer = ward.ask("chief", "POST", "/lists", json={**given, **change})
    assert (answer.status_code, code(answer)) == (422, said)
    assert ward.got("chief", "GET", "/lists") == {"lists": []}


def test_readers_hear_of_themselves_alone_until_it_is_closed(ward) -> None:
    mine = ward.open_list()

    def read_by(who: str) -> list[str]:
        return ward.got(who, "GET", f"/lists/{mine}")["studies"][0]["read_by"]

    ward.hand_in("anna", mine)
    assert (read_by("anna"), read_by("boris"), read_by("chief")) == (["anna"], [], ["anna"])
    for who in ("anna", "boris"):
        answer = ward.ask(who, "GET", f"/lists/{mine}/agreement")
        assert (answer.status_code, code(answer)) == (403, "server.blind")
    assert ward.got("chief", "POST", f"/lists/{mine}/close")["closed_at"]
    assert ward.ask("chief", "POST", f"/lists/{mine}/close").status_code == 409
    assert read_by("boris") == ["anna"]
    assert ward.got("boris", "GET", f"/lists/{mine}/agreement")["studies"]
    assert ward.ask("boris", "GET", "analysis").status_code == 200


def test_what_is_drawn_after_handing_in_is_no_reading_of_ones_own(ward) -> None:
    mine = ward.open_list()
    ward.hand_in("anna", mine, 3)
    ward.hand_in("boris", mine, 3)
    ward.draw("anna", 8, list=mine)
    found = ward.got("chief", "GET", f"/lists/{mine}/agreement")
    [pair] = [p for p in found["studies"][0]["pairs"] if p["a"]["who"] != "model"]
    assert pair["dice"] == pair["kappa"] == 1.0
    medians = {(m["a"], m["b"]): m for m in found["medians"]}
    assert set(medians) == {("anna", "boris"), ("model", "anna"), ("model", "boris")}
    assert medians["anna", "boris"]["studies"] == 1 and medians["anna", "boris"]["dice"] == 1.0


def test_lists_are_for_those_who_read_them(ward) -> None:
    mine = ward.open_list(readers=("anna",))
    for path, options in (
        ("versions?base=empty", {"content": b""}),
        ("draft?base=empty", {"content": b""}),
    ):
        method = "POST" if path.startswith("versions") else "PUT"
        answer = ward.ask("boris", method, f"{path}&list={mine}", **options)
        assert (answer.status_code, code(answer)) == (403, "server.not_your_list")
    ward.got("chief", "POST", f"/lists/{mine}/close")
    answer = ward.ask("anna", "POST", f"versions?base=empty&list={mine}", content=b"")
    assert (answer.status_code, code(answer)) == (403, "server.not_your_list")


def test_an_outline_from_elsewhere_cannot_be_handed_in_for_a_list(ward) -> None:
    before = ward.draw("anna", base="model")
    mine = ward.open_list()
    given = {"verdict": "correct", "version": before["id"], "list": mine}
    answer = ward.ask("anna", "POST", "reviews", json=given)
    assert (answer.status_code, code(answer)) == (422, "server.not_your_version")


def test_a_removed_list_leaves_its_outlines(ward) -> None:
    mine = ward.open_list()
    ward.hand_in("anna", mine)
    assert ward.ask("chief", "DELETE", f"/lists/{mine}").status_code == 204
    assert ward.ask("chief", "DELETE", f"/lists/{mine}").status_code == 404
    [version] = ward.got("boris", "GET", "versions")["versions"]
    assert version["list"] is None and version["author"] == "anna"
