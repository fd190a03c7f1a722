"""Reviews: signed they lock, a later one supersedes, and nothing is overwritten."""

import threading
from dataclasses import replace

import pytest

from glioscope.reviews import verdicts
from glioscope.reviews.outlines import versions
from glioscope.reviews.reasons import Verdict
from glioscope.reviews.sight import EVERYTHING
from glioscope.reviews.verdicts import Fixed, Given, Locked, give, review_of, sign, withdraw

ANNA = Given(
    reader="anna",
    verdict=Verdict.ACCEPT,
    reason=None,
    comment=None,
    version_id=None,
    list_id=None,
    seconds=None,
)


def rows(connection, study_id):
    return verdicts.reviews_of(connection, study_id, "anna", EVERYTHING)


def signed(connection, study_id, review_id):
    sign(connection, review_of(connection, study_id, review_id))


def test_an_unsigned_one_is_superseded_and_kept(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        first = give(connection, one, ANNA, None)
        second = give(connection, one, replace(ANNA, comment="on second thoughts"), None)
        found = rows(connection, one)
        assert [(row.id, row.number, row.supersedes) for row in found] == [
            (first, 1, None),
            (second, 2, first),
        ]
        assert [row.id for row in verdicts.standing(found)] == [second]


def test_a_signed_one_is_superseded_only_by_name(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        first = give(connection, one, ANNA, None)
        signed(connection, one, first)
        before = rows(connection, one)[0]
        for named in (None, "0" * 32):
            with pytest.raises(Locked):
                give(connection, one, ANNA, named)
        second = give(connection, one, replace(ANNA, comment="changed"), first)
        # It may still be mended before it is signed, by the name of either.
        third = give(connection, one, ANNA, None)
        fourth = give(connection, one, ANNA, third)
        found = rows(connection, one)
        assert [row.supersedes for row in found] == [None, first, second, third]
        assert found[0] == before, "the signed row is as it was"
        with pytest.raises(Fixed):
            signed(connection, one, second)
        signed(connection, one, fourth)
        with pytest.raises(Locked):
            give(connection, one, ANNA, first)


def test_readers_and_lists_do_not_stand_in_each_others_way(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        signed(connection, one, give(connection, one, ANNA, None))
        give(connection, one, replace(ANNA, reader="boris"), None)
        assert len(verdicts.standing(rows(connection, one))) == 2


def test_withdrawn_it_is_gone_and_the_one_before_stands_again(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        first = give(connection, one, ANNA, None)
        signed(connection, one, first)
        second = give(connection, one, ANNA, first)
        with pytest.raises(Fixed):
            withdraw(connection, review_of(connection, one, first))
        withdraw(connection, review_of(connection, one, second))
        assert [row.id for row in verdicts.standing(rows(connection, one))] == [first]


def test_of_two_that_sign_at_once_one_does(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        review = give(connection, one, ANNA, None)
    both, said = threading.Barrier(2), []

    def try_to() -> None:
        both.wait()
        with engine.begin() as connection:
            versions.hold(connection, one)
            try:
                signed(connection, one, review)
            except Fixed:
                said.append("fixed")
            else:
                said.append("signed")

    threads = [threading.Thread(target=try_to) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == ["fixed", "signed"]
