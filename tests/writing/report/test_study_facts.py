"""What a report says of the scan, where its source tells it."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from glioscope.study import Acquisition, Channel, Source
from glioscope.writing.report import study_facts
from glioscope.writing.wording import wording
from phantoms import analysis_for, ball_mask, grid_of

FLAIR = Acquisition(9000.0, 120.0, 2500.0, 5.25, 1.5)
T1GD = Acquisition(520.0, 10.0, 0.0, 5.0, 1.5)


def analysis(**source):
    found = analysis_for(ball_mask(grid_of("axial"), (3, -2, 1), 4))
    study = replace(found.study, source=Source("dicom", **source))
    return replace(found, study=study)


def test_parameters_of_each_sequence():
    scan = analysis(acquired={Channel.FLAIR: FLAIR, Channel.T1GD: T1GD})
    assert study_facts.sequences_lines(scan, wording("ru")).replace("\xa0", " ").split("\n") == [
        "Т1-ВИ",
        "FLAIR: TR 9000 мс, TE 120 мс, TI 2500 мс, толщина среза 5,25 мм",
        "Т1-ВИ с контрастным усилением: TR 520 мс, TE 10 мс, толщина среза 5 мм",
    ]
    assert study_facts.field_text(scan, wording("ru")) == "1,5\xa0Тл"


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_what_no_header_tells_is_left_out(lang):
    words = wording(lang)
    bare = analysis(acquired={Channel.FLAIR: Acquisition()})
    assert "\n" not in study_facts.sequences_lines(bare, words)
    assert study_facts.field_text(bare, words) == study_facts.scanned_text(bare, words) == ""


def test_the_day_as_the_language_writes_it():
    hour, day = (analysis(scanned=w) for w in (datetime(2024, 1, 2, 10, 5), date(2024, 1, 2)))
    assert study_facts.scanned_text(hour, wording("ru")) == "02.01.2024, 10:05"
    assert study_facts.scanned_text(day, wording("en")) == "2024-01-02"


def test_in_plane_numbers_stand_before_that_of_slices():
    scan = analysis()
    assert study_facts.size_text(scan, wording("en")) == "18 × 20 pixels, 12 slices"
    assert study_facts.spacing_text(scan, wording("ru")) == "1,10 × 0,90 × 2,50 мм"
