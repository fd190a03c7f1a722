"""Outlines as pages send them: whole and of the right size, or refused."""

import gzip

import numpy as np
import pytest

from glioscope.errors import InputError
from glioscope.reviews.outlines.packed import unpacked

SHAPE = (3, 4, 5)
MASK = np.random.default_rng(0).random(SHAPE) > 0.5


def packed(mask: np.ndarray) -> bytes:
    return gzip.compress(mask.astype(np.uint8).tobytes(order="F"), mtime=0)


def test_the_first_axis_runs_fastest_and_any_value_counts() -> None:
    assert (unpacked(packed(MASK), SHAPE) == MASK).all()
    assert (unpacked(gzip.compress((7 * MASK).astype(np.uint8).tobytes("F")), SHAPE) == MASK).all()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "server.outline_damaged"),
        (b"no gzip at all", "server.outline_damaged"),
        (packed(MASK)[:-5], "server.outline_damaged"),
        (packed(MASK)[:-8] + b"\0" * 8, "server.outline_damaged"),
        (packed(MASK) + b"more", "server.outline_damaged"),
        (packed(MASK[:2]), "server.outline_size"),
        (packed(np.ones((3, 4, 6))), "server.outline_size"),
        (gzip.compress(b"\0" * 50_000_000, mtime=0), "server.outline_size"),
    ],
)
def test_what_is_damaged_or_of_another_size_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(InputError) as error:
        unpacked(content, SHAPE)
    assert error.value.message.code == code
