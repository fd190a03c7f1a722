"""What has become of a study's reviews, where the work list looks for it."""

from dataclasses import replace

from sqlalchemy import select

from glioscope.database.tables import Job
from glioscope.reviews import lists
from glioscope.reviews.reasons import Verdict
from glioscope.reviews.verdicts import Given, give, review_of, sign, withdraw
from glioscope.reviews.worklist import is_reviewed

ANNA = Given(
    reader="anna",
    verdict=Verdict.ACCEPT,
    reason=None,
    comment=None,
    version_id=None,
    list_id=None,
    seconds=None,
)


def state(connection, study_id):
    return connection.scalar(select(Job.review).where(Job.study_id == study_id))


def test_the_state_is_that_of_the_newest_that_stands(engine, study) -> None:
    one, other = study(), study()
    with engine.begin() as connection:
        assert state(connection, one) == "none"
        first = give(connection, one, ANNA, None)
        assert state(connection, one) == "unsigned"
        sign(connection, review_of(connection, one, first))
        assert state(connection, one) == "signed"
        boris = give(connection, one, replace(ANNA, reader="boris"), None)
        assert state(connection, one) == "unsigned"
        withdraw(connection, review_of(connection, one, boris))
        assert (state(connection, one), state(connection, other)) == ("signed", "none")


def test_reviews_of_a_list_count_when_it_is_removed(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        list_id = lists.new_list(connection, "list", ["anna"], [one], "after", "chief")
        give(connection, one, replace(ANNA, list_id=list_id), None)
        assert state(connection, one) == "none"
        assert lists.remove(connection, list_id)
        assert state(connection, one) == "unsigned"


def test_a_blind_reader_finds_his_own_alone(engine, study) -> None:
    own, others, open_to_all, untouched = (study() for _ in range(4))
    with engine.begin() as connection:
        give(connection, own, ANNA, None)
        for one in (own, others, open_to_all):
            signed = give(connection, one, replace(ANNA, reader="boris"), None)
            sign(connection, review_of(connection, one, signed))

        def found(wanted):
            query = select(Job.study_id).where(is_reviewed(wanted, blind=True))
            values = {"reader": "anna", "alone": [own, others]}
            return set(connection.scalars(query, values))

        assert found("none") == {others, untouched}
        assert found("unsigned") == {own}
        assert found("signed") == {open_to_all}
