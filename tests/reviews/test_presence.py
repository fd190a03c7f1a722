"""Who has a study open: until he closes it, or is not heard of for a minute."""

from sqlalchemy import update

from glioscope.database.tables import Presence
from glioscope.reviews import presence
from glioscope.reviews.priors import priors_of


def test_others_are_told_once_each_and_not_for_ever(engine, study) -> None:
    one, other = study(), study()
    with engine.begin() as connection:
        for page, who in (("a", "anna"), ("b", "boris"), ("c", "boris"), ("a", "anna")):
            presence.renew(connection, one, page, who)
        presence.renew(connection, other, "d", "carla")
        assert presence.others(connection, [one], "anna") == {one: ["boris"]}
        assert presence.others(connection, None, "boris") == {one: ["anna"], other: ["carla"]}
        presence.close(connection, one, "b", "anna")
        presence.close(connection, one, "c", "boris")
        assert presence.others(connection, [one], "anna") == {one: ["boris"]}, "not another's"
        connection.execute(update(Presence).values(seen_at=1))
        assert presence.others(connection, None, "anna") == {}


def test_earlier_studies_of_the_patient_need_a_result_and_a_day(engine, study) -> None:
    now = study(patient_key="p", study_date="20260301")
    study(patient_key="p", study_date="20250301")
    undated = study(patient_key="p")
    with engine.begin() as connection:
        assert priors_of(connection, now) == []
        assert priors_of(connection, undated) == []
        assert priors_of(connection, "0" * 32) == []
