"""Versions are numbered as they come, whoever comes at once; drafts go with them."""

import threading

import pytest
from sqlalchemy.exc import IntegrityError

from glioscope.reviews.outlines import drafts, versions
from glioscope.reviews.outlines.redraw import Redrawn
from glioscope.reviews.sight import EVERYTHING, Sight

FOUND = Redrawn(10, 0.5, 3, 2, 0.8)


def enter(connection, study_id, author="anna", base="empty", list_id=None):
    assert versions.hold(connection, study_id)
    return versions.enter(
        connection,
        study_id,
        author=author,
        base=base,
        list_id=list_id,
        folder=versions.new_folder(),
        found=FOUND,
    )


def test_two_saves_at_once_are_numbered_one_after_the_other(engine, study) -> None:
    one = study()
    both = threading.Barrier(6)

    def save(author):
        both.wait()
        with engine.begin() as connection:
            enter(connection, one, author)

    threads = [threading.Thread(target=save, args=(f"r{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with engine.connect() as connection:
        rows = versions.versions_of(connection, one, "r0", EVERYTHING)
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    assert sorted(row.author for row in rows) == [f"r{n}" for n in range(6)]


def test_what_others_drew_is_left_out_for_who_may_not_see_it(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        own = enter(connection, one, "anna")
        enter(connection, one, "boris")
        alone = versions.versions_of(connection, one, "anna", Sight(others=False))
        assert [row.id for row in alone] == [own]
        assert len(versions.versions_of(connection, one, "anna", EVERYTHING)) == 2


def test_where_an_outline_goes_back_to(engine, study) -> None:
    one = study()
    with engine.begin() as connection:
        by_hand = enter(connection, one, base="empty")
        corrected = enter(connection, one, base="model")
        again = enter(connection, one, base=corrected)
        found = {
            base: versions.began_with_the_model(connection, one, base)
            for base in ("model", "empty", by_hand, corrected, again)
        }
    assert found == {
        "model": True,
        "empty": False,
        by_hand: False,
        corrected: True,
        again: True,
    }


def test_a_version_of_a_study_that_is_gone_is_none(engine, study) -> None:
    study()
    with engine.begin() as connection:
        assert not versions.hold(connection, "0" * 32)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        versions.enter(
            connection,
            "0" * 32,
            author="anna",
            base="empty",
            list_id=None,
            folder="versions/x",
            found=FOUND,
        )


def test_a_draft_is_one_for_each_study_person_and_list(engine, study) -> None:
    one, other = study(), study()
    with engine.begin() as connection:
        drafts.keep(connection, one, "anna", None, "empty", b"first")
        drafts.keep(connection, one, "anna", None, "model", b"second")
        drafts.keep(connection, one, "anna", "list", "empty", b"listed")
        drafts.keep(connection, one, "boris", None, "empty", b"his")
        drafts.keep(connection, other, "anna", None, "empty", b"other")
        found = drafts.draft_of(connection, one, "anna", None)
        assert (found.base, found.content) == ("model", b"second")
        drafts.drop(connection, one, "anna", None)
        assert drafts.draft_of(connection, one, "anna", None) is None
        assert drafts.draft_of(connection, one, "anna", "list").content == b"listed"
        assert drafts.draft_of(connection, one, "boris", None).content == b"his"
        assert drafts.draft_of(connection, other, "anna", None).content == b"other"
