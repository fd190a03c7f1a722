"""Which of several series is taken, and why the others are not."""

import re
from dataclasses import replace

import numpy as np
import pytest
from pydicom import Dataset

from dicom_datasets import FLAIR, T1, T1GD, T2, datasets, head, series
from glioscope.errors import GridMismatch, InputError
from glioscope.reading.dicom.choice import Choice, candidates, choose
from glioscope.study import Channel
from glioscope.volume import Grid
from glioscope.writing.dicom.elements import uid_of
from phantoms import grid_of
from scanner_tags import ScannerTags


def made(
    tags: ScannerTags, shape: tuple[int, int, int] = (26, 12, 11), thick: float = 5.0
) -> list[Dataset]:
    """Axial slices over 130 mm about the origin, of 20 mm pixels, so that they are small."""
    affine = np.zeros((4, 4))
    affine[[2, 1, 0, 3], [0, 1, 2, 3]] = (thick, -20, -20, 1)
    affine[:3, 3] = -affine[:3, :3] @ (np.array(shape) - 1) / 2
    return datasets(head(Grid(shape, affine)), tags)


def chosen(*groups: list[Dataset], **named: str) -> Choice:
    found = candidates(series([ds for group in groups for ds in group]))
    return choose(found, {Channel[name.upper()]: text for name, text in named.items()})


def labels(choice: Choice) -> dict[str, str]:
    return {s.value: c.series.label for s, c in choice.chosen.items()}


def spoilt(found: list[Dataset], **tags: object) -> list[Dataset]:
    for ds in found:
        for keyword, value in tags.items():
            setattr(ds, keyword, value)
    return found


OTHER = replace(FLAIR, number=9)


def test_a_whole_study() -> None:
    choice = chosen(made(FLAIR), made(T1), made(T1GD), made(T2))
    assert labels(choice) == {"FLAIR": "4", "T1": "3", "T1GD": "6"}
    assert {k: str(v) for k, v in choice.why_not.items()} == {"2": "T2 is not analysed"}
    assert choice.warnings == ()


@pytest.mark.parametrize(
    ("loser", "why"),
    [
        (made(OTHER)[:9] + made(OTHER)[11:], r"its geometry has a fault \(.*missing slices: 2"),
        (spoilt(made(OTHER), SeriesDescription="t1 tra"), "its class is less certain"),
        (
            spoilt(made(OTHER), ImageType=["DERIVED", "PRIMARY", "OTHER"]),
            "it is derived, the other original",
        ),
        (spoilt(made(OTHER), ContrastBolusAgent="Gd"), "it was taken after contrast"),
        (made(OTHER)[:12], "it covers less of the head"),
        (spoilt(made(OTHER), PixelSpacing=[30, 30]), "its axial pictures are coarser"),
        (made(OTHER, (18, 12, 11), 7.5), "its slices are thicker"),
        (made(OTHER)[:24], "it has fewer slices"),
        (made(OTHER), "it was taken later"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_the_better_flair_is_taken(loser: list[Dataset], why: str) -> None:
    winner = spoilt(made(FLAIR), SeriesTime="090000")
    spoilt(loser, SeriesTime="100000")
    for pair in ((winner, loser), (loser, winner)):
        choice = chosen(*pair)
        assert labels(choice) == {"FLAIR": "4"}
        assert re.match(f"series 4 is used: {why}", str(choice.why_not["9"]))


def test_of_equals_the_later_t1gd_and_the_earlier_t1() -> None:
    second = replace(T1GD, number=8), replace(T1, number=7)
    choice = chosen(
        made(FLAIR),
        spoilt(made(T1GD), SeriesTime="100000"),
        spoilt(made(second[0]), SeriesTime="110000"),
        spoilt(made(T1), SeriesTime="090000"),
        spoilt(made(second[1]), SeriesTime="095000"),
    )
    assert labels(choice) == {"FLAIR": "4", "T1": "3", "T1GD": "8"}
    assert str(choice.why_not["6"]) == "series 8 is used: it was taken earlier"


def test_two_t1_without_a_sign_of_contrast_are_not_guessed() -> None:
    choice = chosen(made(FLAIR), made(T1), made(replace(T1, number=7)))
    assert labels(choice) == {"FLAIR": "4", "T1": "3"}
    assert any(
        "series 3 and 7 are T1 without a sign of contrast" in str(w) for w in choice.warnings
    )


def test_an_agent_in_every_series_says_nothing() -> None:
    plain = replace(T1, description="t1 pre")
    groups = [spoilt(made(t), ContrastBolusAgent="Gd") for t in (FLAIR, plain, T1GD)]
    assert labels(chosen(*groups)) == {"FLAIR": "4", "T1": "3", "T1GD": "6"}


def test_what_lies_elsewhere_is_left_out_or_refused() -> None:
    moved = made(replace(T1, frame_of_reference_uid=uid_of("moved")))
    choice = chosen(made(FLAIR), moved)
    assert labels(choice) == {"FLAIR": "4"}
    assert "another FrameOfReferenceUID than FLAIR" in str(choice.why_not["3"])
    with pytest.raises(GridMismatch, match=r"T1: series 3 .*another FrameOfReferenceUID"):
        chosen(made(FLAIR), moved, t1="3")
    spine = made(T1)
    for ds in spine:
        ds.ImagePositionPatient = [*ds.ImagePositionPatient[:2], ds.ImagePositionPatient[2] - 900]
    choice = chosen(made(FLAIR), spine)
    assert labels(choice) == {"FLAIR": "4"}
    assert any("lies outside FLAIR" in str(warning) for warning in choice.warnings)


def test_a_t1_with_a_fault_is_left_out_or_refused() -> None:
    broken = made(T1)
    del broken[9]
    choice = chosen(made(FLAIR), broken)
    assert labels(choice) == {"FLAIR": "4"}
    assert any("T1 left out: series 3: missing slices: 1" in str(w) for w in choice.warnings)
    with pytest.raises(GridMismatch, match="T1: series 3: missing slices: 1"):
        chosen(made(FLAIR), broken, t1="3")


def test_a_series_in_flairs_space_comes_before_one_that_is_not() -> None:
    moved = replace(T1, number=1, frame_of_reference_uid=uid_of("moved"))
    choice = chosen(made(FLAIR), made(moved), made(T1))
    assert labels(choice) == {"FLAIR": "4", "T1": "3"}
    assert "another frame of reference" in str(choice.why_not["1"])


def test_names_by_hand() -> None:
    groups = made(FLAIR), made(T1), made(T2)
    assert labels(chosen(*groups, t1="2"))["T1"] == "2"
    assert labels(chosen(*groups, t1=T2.series_uid))["T1"] == "2"
    assert labels(chosen(*groups, t1gd="3")) == {"FLAIR": "4", "T1GD": "3"}
    assert any("looks like T2" in str(w) for w in chosen(*groups, t1="2").warnings)
    with pytest.raises(InputError, match="--t1: series 77 is not in this study; there are 2, 3, 4"):
        chosen(*groups, t1="77")
    with pytest.raises(InputError, match="one series was named for two sequences"):
        chosen(*groups, t1="2", t1gd="2")


def test_stacks_and_numbers_that_are_not_the_only_one() -> None:
    echoes = spoilt(made(OTHER)[:13], EchoTime=20) + made(OTHER)[13:]
    choice = chosen(echoes, made(FLAIR))
    assert {*choice.why_not} == {"9/1", "9/2"} - {*labels(choice).values()}
    with pytest.raises(InputError, match="fits several: name one of 9/1, 9/2"):
        chosen(echoes, t1="9")
    assert labels(chosen(echoes, made(FLAIR), t1="9/1"))["T1"] == "9/1"
    twins = made(FLAIR), made(replace(FLAIR, description="flair again"))
    assert {*labels(chosen(*twins)).values()} < {ds[0].SeriesInstanceUID for ds in twins}


def test_what_must_be_known_of_a_chosen_series() -> None:
    late = spoilt(made(FLAIR)[3:], LossyImageCompression="01", FrameOfReferenceUID="")
    text = " | ".join(map(str, chosen(late).warnings))
    for part in (
        "compressed with loss",
        "no frame of reference is named",
        "begins with instance 4",
    ):
        assert part in text
    small = datasets(head(grid_of("axial")), T1)
    notes = chosen(made(FLAIR), small).warnings
    assert any("T1 covers only" in str(note) for note in notes)


@pytest.mark.parametrize("part", [lambda i: i % 2, lambda i: i // 13], ids=["turns", "halves"])
def test_a_scan_that_is_cut_into_series_is_told(part) -> None:
    found = made(FLAIR)
    for index, ds in enumerate(found):
        ds.SeriesInstanceUID = uid_of("part", str(part(index)))
    told = [str(w) for w in chosen(found).warnings if "only a part of its scan" in str(w)]
    assert len(told) == 1 and "other slices: 1;" in told[0]


def test_a_slice_of_a_scan_that_was_cut_into_single_ones_is_no_volume() -> None:
    found = made(FLAIR)
    for index, ds in enumerate(found):
        ds.SeriesInstanceUID = uid_of("part", str(index))
    flair = chosen(found).chosen[Channel.FLAIR]
    assert flair.stack is None
    assert "only a part of its scan" in str(flair.fault) and "slices: 25;" in str(flair.fault)
    assert chosen(found[:1]).chosen[Channel.FLAIR].stack is not None


def test_a_second_scan_of_the_same_place_is_no_part() -> None:
    twin, shorter = made(replace(FLAIR, number=9)), made(replace(FLAIR, number=8), (20, 12, 11))
    for other in (twin, shorter, made(replace(FLAIR, number=7, echo_ms=90))):
        assert not [w for w in chosen(made(FLAIR), other).warnings if "only a part" in str(w)]
