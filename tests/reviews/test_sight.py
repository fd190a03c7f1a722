"""The blind rule: who may see what, before and after he hands in, and once a list is closed."""

from dataclasses import replace

import pytest

from glioscope.reviews import lists
from glioscope.reviews.sight import EVERYTHING, Sight, limits, sight_of
from glioscope.reviews.verdicts import give
from reviews.test_verdicts import ANNA, signed

NOTHING = Sight(model=False, others=False)


def open_list(connection, studies, shown="after", readers=("anna", "boris")):
    return lists.new_list(connection, "list", readers, studies, shown, "admin")


def hand_in(connection, study_id, list_id, reader="anna"):
    given = replace(ANNA, reader=reader, list_id=list_id)
    signed(connection, study_id, give(connection, study_id, given, None))


@pytest.mark.parametrize(("shown", "then"), [("after", EVERYTHING), ("never", Sight(model=False))])
def test_from_the_opening_to_the_close(engine, study, shown, then) -> None:
    one, free = study(), study()
    with engine.begin() as connection:
        mine = open_list(connection, [one], shown)
        assert sight_of(connection, "anna", one) == NOTHING
        assert sight_of(connection, "anna", free) == EVERYTHING
        assert sight_of(connection, "carla", one) == EVERYTHING
        hand_in(connection, one, mine)
        assert sight_of(connection, "anna", one) == then
        assert sight_of(connection, "boris", one) == NOTHING, "he has not"
        assert lists.close(connection, mine)
        assert not lists.close(connection, mine)
        assert limits(connection, "anna") == limits(connection, "boris") == {}


def test_a_review_without_signature_or_for_another_list_hands_nothing_in(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        mine = open_list(connection, [one])
        other = open_list(connection, [one])
        give(connection, one, replace(ANNA, list_id=mine), None)
        signed(connection, one, give(connection, one, ANNA, None))
        assert sight_of(connection, "anna", one) == NOTHING
        hand_in(connection, one, other, "boris")
        assert sight_of(connection, "boris", one) == NOTHING, "of two lists both must allow it"
        hand_in(connection, one, mine, "boris")
        assert sight_of(connection, "boris", one) == EVERYTHING
        assert limits(connection, "anna") == {one: NOTHING}


def test_a_removed_list_leaves_what_was_made_for_it(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        mine = open_list(connection, [one])
        hand_in(connection, one, mine)
        assert lists.reads(connection, mine, "anna", one)
        assert lists.handed_in(connection, mine) == {one: {"anna"}}
        assert lists.remove(connection, mine) and not lists.remove(connection, mine)
        assert not lists.reads(connection, mine, "anna", one)
        assert limits(connection, "boris") == {}
        from reviews.test_verdicts import rows

        [kept] = rows(connection, one)
        assert kept.list_id is None and kept.signed_at
