"""What every reader refuses: no picture, NaN, more voxels than any MRI; channels that repeat."""

import numpy as np

from glioscope.errors import InvalidImage
from glioscope.study import Channel

# About 1 GiB in float32; a head at 0.5 mm is a tenth of it.
MAX_VOXELS = 2**28


def missing_channels(channels: dict[Channel, np.ndarray], study_id: str) -> dict[Channel, str]:
    """T1 or T1GD that carry nothing of their own, each with the warning that says why.

    Raises:
        InvalidImage: a channel holds NaN or infinity.
    """
    notes = {}
    for sequence, channel in channels.items():
        if sequence is Channel.FLAIR:
            continue
        require_finite(channel, f"study {study_id}: {sequence.value}")
        if np.array_equal(channel, channels[Channel.FLAIR]):
            notes[sequence] = f"{sequence.value} repeats FLAIR: treated as missing"
        elif channel.min() == channel.max():
            notes[sequence] = f"{sequence.value} is constant: treated as missing"
    return notes


def require_signal(array: np.ndarray, where: str) -> None:
    """Refuse what holds no picture.

    Raises:
        InvalidImage: NaN, infinite, all zero or constant.
    """
    require_finite(array, where)
    low, high = array.min(), array.max()
    if low == high == 0:
        raise InvalidImage(f"{where} is empty: every pixel is 0; is it the right series?")
    if low == high:
        raise InvalidImage(f"{where} is constant: every pixel is {low:g}; is it the right series?")


def require_finite(array: np.ndarray, where: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        InvalidImage: a value is not finite.
    """
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int(np.count_nonzero(~np.isfinite(array)))
        raise InvalidImage(
            f"{where} holds NaN or infinity in {bad} of {array.size} voxels; export it again"
        )


def require_size(voxels: int, where: str) -> None:
    """Refuse a volume that no MRI fills, before memory is taken for it.

    Raises:
        InvalidImage: above `MAX_VOXELS`.
    """
    if voxels > MAX_VOXELS:
        raise InvalidImage(
            f"{where}: expected at most {MAX_VOXELS} voxels, got {voxels}; is it one MRI series?"
        )
