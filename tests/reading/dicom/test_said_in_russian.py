"""What is said of a series and a study is Russian throughout where Russian is asked for."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dicom_datasets import FLAIR, T1, T2, datasets, head, series
from glioscope.errors import MissingSequence
from glioscope.reading.dicom import choice, description_words, sequence_class
from glioscope.reading.dicom.choice import candidates, choose
from glioscope.reading.dicom.geometry import arrange
from glioscope.reading.dicom.headers import Physics
from glioscope.reading.dicom.sequence_class import SeriesClass, classify
from glioscope.reading.dicom.series import Series
from glioscope.reading.dicom.study import DicomStudy, no_flair
from glioscope.study import Channel
from glioscope.texts.message import Message, message
from phantoms import grid_of

# Names of sequences that Russian radiology uses too.
NAMES = re.compile(r"(FLAIR|STIR)")


def series_like(physics: Physics | None = None, **changes: object) -> Series:
    """A series of four MR pictures, as it is read, with other physics or attributes."""
    [plain] = series(datasets(head(grid_of("axial", (4, 5, 6)))))
    frames = tuple(replace(f, physics=physics or Physics()) for f in plain.frames)
    return replace(plain, **({"frames": frames, "description": "", "contrast": None} | changes))


def every_physics() -> Iterator[Physics]:
    times = itertools.product(
        (None, 8.0, 600.0, 2500.0, 9000.0), (None, 4.0, 90.0), (None, 150.0, 900.0, 2500.0, 6000.0)
    )
    kinds = (frozenset(), frozenset({"SE"}), frozenset({"GR"}), frozenset({"SE", "IR"}))
    for (tr, te, ti), scanning, flip in itertools.product(times, kinds, (None, 60.0)):
        yield Physics(tr, te, ti, flip, scanning, frozenset({"SS"}))


def everything_classify_says() -> Iterator[SeriesClass]:
    """Verdicts over words and contrast, and one series for each way to be none of ours."""
    words = ("", "t2 flair", "t1 +C", "t1 без контраста", "t2")
    tags = ((None, False), ("ContrastBolusAgent", False), ("ContrastBolusAgent", True))
    flair = Physics(9000.0, 120.0, None, 90.0, frozenset({"SE"}))
    for physics, description in itertools.product((Physics(), flair, Physics(600.0, 15.0)), words):
        for contrast, everywhere in tags:
            one = series_like(physics, description=description, contrast=contrast)
            yield classify(one, agent_everywhere=everywhere)
    for term in sequence_class._TERMS:
        yield classify(series_like(image_type=("ORIGINAL", "PRIMARY", term)))
    yield classify(series_like(image_type=("DERIVED", "SECONDARY")))
    yield classify(series_like(description="dwi"))
    yield from (classify(series_like(part=p)) for p in ("phase", "real", "imaginary"))
    yield from (classify(series_like(**c)) for c in (
        {"frames": ()}, {"frames": (), "modality": ""}, {"modality": ""}, {"modality": "CT"},
        {"sop_class": "1.2"}, {"stacks": 3},
    ))  # fmt: skip
    for physics in (
        Physics(b_value=1000.0),
        Physics(angio=True),
        Physics(scanning=frozenset({"EP"})),
        *(Physics(acquisition_contrast=c) for c in sequence_class._ACQUIRED),
    ):
        yield classify(series_like(physics))


def test_whatever_inspect_says_of_a_series_is_said_in_russian() -> None:
    said = {sequence_class._possible(physics)[1] for physics in every_physics()}
    for verdict in everything_classify_says():
        said |= {verdict.what, *verdict.reasons, *verdict.conflicts}
    said |= {what for what, _ in description_words._EXCLUDED}
    lost = {*choice._LOST, choice._EARLIER, choice._LATER}
    said |= {message("reading.choice.used", series="4/2", why=why) for why in lost}
    said.add(message("reading.choice.not_analysed", what=message("reading.class.localizer")))
    assert len(said) > 130
    for one in said:
        russian = one.in_language("ru")
        if NAMES.fullmatch(str(one)):
            assert russian == str(one)
            continue
        assert re.search("[а-яё]|-ВИ$", russian), russian
        # No English word is left: capitals and digits are names.
        assert not re.search(r"(?<![\w`-])[a-z]{3,}", russian), (str(one), russian)


def warnings_of(*groups: list, **named: str) -> tuple[Message, ...]:
    found = candidates([one for group in groups for one in series(group)])
    return choose(found, {Channel(k.upper()): v for k, v in named.items()}).warnings


@pytest.mark.parametrize(
    ("named", "changes", "text"),
    [
        (
            {},
            {"InversionTime": None, "ScanningSequence": "SE"},
            "серия 4 (t2 flair tra): принято за FLAIR, хотя время",
        ),
        ({}, {"LossyImageCompression": "01"}, "сжатие с потерями"),
        ({}, {"ImageType": ["DERIVED", "PRIMARY"]}, "получено из других изображений (ImageType)"),
        ({}, {"FrameOfReferenceUID": None}, "система координат не указана"),
        ({"t1": "4"}, {}, "указана как Т1-ВИ, но по признакам это FLAIR (инверсия-восстановление"),
    ],
)
def test_what_reading_dicom_warns_of(named, changes, text) -> None:
    found = datasets(head(grid_of("axial", (4, 5, 6))), FLAIR)
    for ds in found:
        for keyword, value in changes.items():
            if value is None:
                delattr(ds, keyword)
            else:
                setattr(ds, keyword, value)
    said = "; ".join(w.in_language("ru") for w in warnings_of(found, **named))
    assert text in said


def test_a_study_without_flair() -> None:
    image = head(grid_of("axial", (4, 5, 6)))
    found = candidates([s for tags in (T1, T2) for s in series(datasets(image, tags))])
    error = no_flair(DicomStudy("dicom-1", "1.2", found, {}))
    assert isinstance(error, MissingSequence)
    assert "found series 3: T1; series 2: T2; look" in str(error) or (
        "found series 2: T2; series 3: T1; look" in str(error)
    )
    assert error.message.in_language("ru").startswith("исследование dicom-1: нет серии FLAIR; есть")


def test_geometry_has_decimals_as_russian_writes_them() -> None:
    [one] = series(datasets(head(grid_of("axial", (14, 12, 10))))[::2])
    (note,) = arrange(one.frames, message("reading.where.series", series="4")).warnings
    assert re.fullmatch(
        r"серия 4: шаг срезов \d+,\d\d мм при SpacingBetweenSlices \d+,\d\d мм "
        r"\(отношение 2\): возможно, часть срезов пропущена",
        note.in_language("ru"),
    )
