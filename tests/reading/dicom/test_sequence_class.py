"""Which series is what: protocols of several vendors, conflicts, and words in two languages."""

from typing import Any

import pytest
from pydicom import Dataset

from dicom_datasets import datasets, head, series
from glioscope.reading.dicom.description_words import Weighting, read_words
from glioscope.reading.dicom.sequence_class import SeriesClass, SeriesKind, classify
from phantoms import grid_of

IMAGE = head(grid_of("axial", (4, 5, 6)))

# ScanningSequence, SequenceVariant, TR, TE, TI, flip angle, as the vendors' consoles write them.
Protocol = tuple[list[str], list[str], float | None, float | None, float | None, float | None]
FLAIR_2D: Protocol = (["SE", "IR"], ["SK", "SP", "MP"], 9000, 81, 2500, 150)
T1_SE: Protocol = (["SE"], ["SK"], 550, 12, None, 90)
T2_TSE: Protocol = (["SE"], ["SK", "SP", "OSP"], 5000, 99, 0, 150)


def made(protocol: Protocol, description: str = "", **tags: Any) -> list[Dataset]:
    found = datasets(IMAGE)
    scanning, variant, repetition, echo, inversion, flip = protocol
    for ds in found:
        ds.ScanningSequence, ds.SequenceVariant = scanning, variant
        ds.RepetitionTime, ds.EchoTime, ds.FlipAngle = repetition, echo, flip
        ds.InversionTime = inversion
        ds.SeriesDescription = description
        for keyword, value in tags.items():
            setattr(ds, keyword, value)
    return found


def verdict(protocol: Protocol, description: str = "", **tags: Any) -> SeriesClass:
    return classify(series(made(protocol, description, **tags))[0])


@pytest.mark.parametrize(
    ("what", "protocol"),
    [
        ("FLAIR", FLAIR_2D),
        ("FLAIR", (["SE", "IR"], ["SK", "SP"], 5000, 388, 1800, 120)),  # Siemens SPACE
        ("FLAIR", (["RM"], ["NONE"], 6300, 119, 1770, 90)),  # GE CUBE
        ("FLAIR", (["IR"], ["SK"], 4800, 293, 1650, 90)),  # Philips VISTA
        ("T1", T1_SE),
        ("T1", (["GR", "IR"], ["SP", "MP"], 1900, 2.5, 900, 9)),  # Siemens MPRAGE
        ("T1", (["GR"], ["SS", "SP", "SK"], 8.2, 3.2, 450, 12)),  # GE BRAVO
        ("T1", (["GR"], ["MP"], 8.1, 3.7, None, 8)),  # Philips 3D TFE
        ("T1", (["SE", "IR"], ["SK"], 2000, 24, 750, 111)),  # GE T1 FLAIR
        ("T1", ([], [], 8.1, 3.7, None, 8)),  # anonymised
        ("T2", T2_TSE),
        ("T2", (["GR"], ["SS"], 5.6, 2.5, None, 60)),  # FIESTA
        ("PD", (["SE"], ["SK"], 3000, 15, 0, 150)),
        ("STIR", (["SE", "IR"], ["SK"], 5000, 60, 150, 150)),
        ("T2*", (["GR"], ["SP"], 620, 20, None, 20)),
        ("T2*", ([], [], 28, 20, None, 15)),  # SWI, anonymised
        ("PD", (["GR"], ["SP"], 30, 4, None, 2)),
        ("echo planar", (["EP", "SE"], ["NONE"], 6000, 90, None, 90)),
        ("unknown", (["SE"], ["SK"], None, None, None, None)),
        ("unknown", (["SE", "IR"], ["SK"], 9000, 90, 5000, 90)),
    ],
)
def test_physics_alone(what: str, protocol: Protocol) -> None:
    found = verdict(protocol)
    assert str(found.what) == what, found.reasons
    assert found.reasons and not found.conflicts and not found.by_words


@pytest.mark.parametrize(
    ("description", "protocol", "kind", "conflict"),
    [
        ("T2 FLAIR tra", FLAIR_2D, SeriesKind.FLAIR, ""),
        ("t1 se sag", FLAIR_2D, SeriesKind.FLAIR, "the description says T1"),
        ("t2 flair", (["SE"], ["SK"], 9000, 120, None, 150), SeriesKind.FLAIR, "no inversion time"),
        (
            "t2 flair",
            (["SE"], ["SK"], 9000, 120, 0, 150),
            SeriesKind.OTHER,
            "the description says FLAIR",
        ),
        ("t2 tse", (["SE"], ["SK"], 9000, 120, None, 150), SeriesKind.OTHER, ""),
        ("flair", (["SE", "IR"], ["SK"], 9000, 120, None, 150), SeriesKind.FLAIR, ""),
        (
            "stir",
            (["SE", "IR"], ["SK"], 9000, 120, None, 150),
            SeriesKind.OTHER,
            "no inversion time",
        ),
        ("t1 flair", (["SE", "IR"], ["SK"], 2000, 24, 750, 90), SeriesKind.T1, ""),
        (
            "AX FLAIR",
            ([], [], None, None, None, None),
            SeriesKind.FLAIR,
            "only the description says so",
        ),
    ],
)
def test_words_beside_physics(
    description: str, protocol: Protocol, kind: SeriesKind, conflict: str
) -> None:
    found = verdict(protocol, description)
    assert found.kind is kind, found
    assert conflict in "; ".join(map(str, found.conflicts))
    assert bool(found.conflicts) == bool(conflict)


@pytest.mark.parametrize(
    ("tags", "what"),
    [
        ({"Modality": "CT"}, "not MRI"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "not an MR picture"),
        ({"ImageType": ["DERIVED", "SECONDARY", "OTHER"]}, "derived"),
        ({"ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]}, "diffusion"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "P", "ND"]}, "no magnitude"),
        ({"ImageType": ["DERIVED", "PRIMARY", "MPR"]}, "a projection or reformat"),
        ({"SeriesDescription": "3-pl loc"}, "a localizer"),
        ({"SeriesDescription": "локалайзер"}, "a localizer"),
        ({"SeriesDescription": "ДВИ b1000"}, "diffusion"),
        ({"DiffusionBValue": 1000.0}, "diffusion"),
        ({"AngioFlag": "Y"}, "angiography"),
        ({"SeriesDescription": "SWI_Images"}, "a susceptibility series"),
    ],
)
def test_what_is_none_of_ours(tags: dict[str, Any], what: str) -> None:
    found = verdict(FLAIR_2D, **{"description": "", **tags} if "SeriesDescription" not in tags
        else {"description": tags["SeriesDescription"]})  # fmt: skip
    assert (found.kind, str(found.what)) == (SeriesKind.OTHER, what)
    assert len(found.reasons) == 1


def test_small_stacks_in_several_planes_are_a_localizer() -> None:
    found = made(T1_SE)
    for index, direction in enumerate(([0, 1, 0, 0, 0, -1], [1, 0, 0, 0, 0, -1])):
        found[index].ImageOrientationPatient = direction
    stacks = series(found)
    assert [s.label for s in stacks] == ["4/1", "4/2", "4/3"]
    assert {str(classify(s).what) for s in stacks} == {"a localizer"}


@pytest.mark.parametrize(
    ("description", "tags", "everywhere", "kind", "conflict"),
    [
        ("t1", {}, False, SeriesKind.T1, ""),
        ("t1", {"ContrastBolusAgent": "Gadovist"}, False, SeriesKind.T1GD, ""),
        ("t1", {"ContrastBolusAgent": "NONE"}, False, SeriesKind.T1, ""),
        ("t1", {"ContrastBolusVolume": "7.5"}, False, SeriesKind.T1GD, ""),
        ("t1 +C", {}, False, SeriesKind.T1GD, ""),
        ("t1 pre", {"ContrastBolusAgent": "Gd"}, False, SeriesKind.T1GD, "says without contrast"),
        ("t1 pre", {"ContrastBolusAgent": "Gd"}, True, SeriesKind.T1, "in every series"),
        ("t1 с КУ", {"ContrastBolusAgent": "Gd"}, True, SeriesKind.T1GD, ""),
    ],
)
def test_contrast(
    description: str, tags: dict[str, Any], everywhere: bool, kind: SeriesKind, conflict: str
) -> None:
    (one,) = series(made(T1_SE, description, **tags))
    found = classify(one, agent_everywhere=everywhere)
    assert found.kind is kind
    assert conflict in "; ".join(map(str, found.conflicts))
    assert bool(found.conflicts) == bool(conflict)


@pytest.mark.parametrize(
    ("description", "weighting"),
    [
        ("t2_tirm_tra_dark-fluid", Weighting.FLAIR),
        ("Ax T2 FLAIR FS", Weighting.FLAIR),
        ("Т2 с подавлением сигнала от воды", Weighting.FLAIR),
        ("ФЛАИР акс", Weighting.FLAIR),
        ("T1-FLAIR sag", Weighting.T1),
        ("Т1 ВИ сагит", Weighting.T1),  # the T is Cyrillic
        ("т2-ви ax", Weighting.T2),
        ("sag_mprage_iso", Weighting.T1),
        ("3D T1 BRAVO", Weighting.T1),
        ("t2* gre", Weighting.T2_STAR),
        ("STIR cor", Weighting.STIR),
        ("PD fs", Weighting.PD),
        ("head", None),
        ("", None),
        ("ST12 array", None),
    ],
)
def test_weighting_by_words(description: str, weighting: Weighting | None) -> None:
    assert read_words(description).weighting is weighting


@pytest.mark.parametrize(
    ("description", "contrast"),
    [
        ("T1 +C", True),
        ("t1_se_tra_KM", True),
        ("T1 post Gd", True),
        ("Ax T1 C+ FS", True),
        ("Т1 с контрастом", True),
        ("Т1 после в/в введения", True),
        ("T1 с КУ", True),
        ("t1 к/у", True),
        ("T1 pre", False),
        ("T1 pre-contrast", False),
        ("T1 w/o contrast", False),
        ("Т1 без контраста", False),
        ("Т1 без КУ", False),
        ("Т1 до контраста", False),
        ("Т1 натив", False),
        ("Т1 до в/в введения контраста", False),
        ("Т1 до 5 мм с контрастом", True),
        ("T1 unenhanced", False),
        ("T1 ohne KM", False),
        ("T1 sans injection", False),
        ("T1 sans gado", False),
        ("T1 sin contraste", False),
        ("T1 senza mdc", False),
        ("t1 tra nach Kontrastmittel", True),
        ("T1 avec injection", True),
        ("T1 con contraste", True),
        ("T1 con mdc", True),
        ("T1 post-op", None),
        ("T1 tra", None),
        ("T1 pre and post contrast", None),
    ],
)
def test_contrast_by_words(description: str, contrast: bool | None) -> None:
    assert read_words(description).contrast is contrast
