"""The hash of what was read: equal for equal inputs, another for whatever changes the answer."""

from dataclasses import replace

import numpy as np
import pytest

from glioscope.study import Channel, FrameRef, SeriesRef, Source, Study, content_hash
from glioscope.volume import Grid, Image

FLAIR = np.arange(60, dtype=np.float32).reshape(5, 4, 3)
GRID = Grid((5, 4, 3), np.eye(4))
NIFTI = Source("nifti")


def study(name="anna", array=FLAIR, grid=GRID, channel=Channel.FLAIR, source=NIFTI):
    images = {Channel.FLAIR: Image(FLAIR, GRID), channel: Image(array, grid)}
    return Study(name, images, source)


def moved() -> Grid:
    affine = np.eye(4)
    affine[0, 3] = 1e-3  # within what one grid may differ from another, and yet another input
    return Grid((5, 4, 3), affine)


def series(uid: str) -> Source:
    frames = (FrameRef(uid),)
    return Source("dicom", series={Channel.FLAIR: SeriesRef("1.2", (), frames)})


OTHERS = {
    "a voxel": study(array=FLAIR + (FLAIR == 7)),
    "a grid": study(grid=moved()),
    "a nominal grid": study(grid=replace(GRID, nominal=True)),
    "one more sequence": study(channel=Channel.T1),
    "another sequence": study(channel=Channel.T1GD),
    "names of slices": study(source=Source("nifti", ("1", "2", "3"))),
    "a DICOM instance": study(source=series("1.2.3")),
    "another instance": study(source=series("1.2.4")),
}


def test_equal_inputs_are_equal_whatever_they_are_called():
    as_columns = study("boris", np.asfortranarray(FLAIR))
    assert content_hash(study()) == content_hash(as_columns)
    assert len(content_hash(study())) == 64


@pytest.mark.parametrize("what", OTHERS)
def test_another_input_has_another_hash(what):
    hashes = {name: content_hash(other) for name, other in OTHERS.items()}
    assert hashes.pop(what) not in {content_hash(study()), *hashes.values()}
