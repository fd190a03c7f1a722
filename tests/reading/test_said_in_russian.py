"""Warnings and errors of the readers in Russian: decimals are written so, names stay."""

from pathlib import Path

import pytest

from glioscope.errors import GlioscopeError
from glioscope.phantom.study import SYNTHETIC, phantom_study
from glioscope.reading.containers.folder import open_container
from glioscope.reading.inputs import find_inputs
from glioscope.reading.pictures.slices import read_pictures
from glioscope.texts.message import message


def test_a_phantom_is_called_one() -> None:
    assert SYNTHETIC.in_language("ru").startswith("синтетический фантом")


@pytest.mark.parametrize(
    ("said", "russian"),
    [
        (
            message("reading.covers_part", channel="T1", share=0.71),
            "последовательность Т1-ВИ покрывает лишь 71\N{NO-BREAK SPACE}% объёма FLAIR; остальное "
            "принято за воздух",
        ),
        (
            message("reading.nifti.no_orientation", name="a.1.5.nii"),
            "в файле a.1.5.nii не указана ориентация: где право и лево, достоверно не известно",
        ),
        (
            message("reading.slice_numbers", before=4, after=7, step=1),
            "после среза 4 идёт срез 7 (обычный шаг 1): возможно, срез пропущен, и объёмы могут "
            "быть неверны",
        ),
        (
            message("reading.geometry.uncertain", where="s", off=0.21),
            "s: положения срезов неравномерны; неточность до 0,21 мм",
        ),
    ],
)
def test_warnings(said, russian) -> None:
    assert said.in_language("ru") == russian


@pytest.mark.parametrize(
    ("call", "russian"),
    [
        (
            lambda path: open_container(path / "x"),
            "x: нет такого файла или папки, либо нет доступа",
        ),
        (read_pictures, "study: срезов TIFF или PNG нет"),
        (lambda path: find_inputs([path]), "study: в папке нечего читать; ожидается папка случая"),
        (lambda _: phantom_study(size=8), "для фантома нужны размер не менее 16"),
    ],
)
def test_errors(tmp_path: Path, call, russian) -> None:
    (tmp_path / "study").mkdir()
    with pytest.raises(GlioscopeError) as caught:
        call(tmp_path / "study")
    assert caught.value.message.in_language("ru").startswith(russian)
