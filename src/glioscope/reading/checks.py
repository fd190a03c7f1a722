"""What every reader refuses: no picture, NaN, more than any MRI holds; channels that repeat."""

import numpy as np

from glioscope.errors import InvalidImage
from glioscope.study import Channel
from glioscope.texts.message import Message, message

# About 1 GiB in float32; a head at 0.5 mm is a tenth of it.
MAX_VOXELS = 2**28
# 0.25 mm apart they reach over a head. As the network sees it each takes 0.8 MB, however few voxels
# the file has for it.
MAX_SLICES = 1024

# What errors call a place: a file's own name, or words for it.
Where = Message | str


# Codes of the notes of `missing_channels`.
TOLD_MISSING = ("reading.repeats_flair", "reading.repeats_t1", "reading.constant_channel")


def missing_channels(channels: dict[Channel, np.ndarray], study_id: str) -> dict[Channel, Message]:
    """T1 or T1GD that carry nothing of their own, each with the warning that says why.

    Raises:
        InvalidImage: a channel holds NaN or infinity.
    """
    notes: dict[Channel, Message] = {}
    t1 = channels.get(Channel.T1)
    for sequence, channel in channels.items():
        if sequence is Channel.FLAIR:
            continue
        require_finite(channel, channel_of(study_id, sequence))
        if np.array_equal(channel, channels[Channel.FLAIR]):
            notes[sequence] = message("reading.repeats_flair", channel=sequence.value)
        elif sequence is Channel.T1GD and t1 is not None and np.array_equal(channel, t1):
            notes[sequence] = message("reading.repeats_t1", channel=sequence.value)
        elif channel.min() == channel.max():
            notes[sequence] = message("reading.constant_channel", channel=sequence.value)
    return notes


def channel_of(study_id: str, channel: Channel) -> Message:
    """How errors name a channel of a study."""
    return message("reading.where.channel", study=study_id, channel=channel.value)


def require_signal(array: np.ndarray, where: Where) -> None:
    """Refuse what holds no picture.

    Raises:
        InvalidImage: NaN, infinite, all zero or constant.
    """
    require_finite(array, where)
    low, high = array.min(), array.max()
    if low == high == 0:
        raise InvalidImage("reading.empty", where=where)
    if low == high:
        raise InvalidImage("reading.constant", where=where, value=float(low))


def require_finite(array: np.ndarray, where: Where) -> None:
    """Refuse NaN and infinity.

    Raises:
        InvalidImage: a value is not finite.
    """
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int(np.count_nonzero(~np.isfinite(array)))
        raise InvalidImage("reading.not_finite", where=where, bad=bad, voxels=array.size)


def require_size(voxels: int, where: Where) -> None:
    """Refuse a volume that no MRI fills, before memory is taken for it.

    Raises:
        InvalidImage: above `MAX_VOXELS`.
    """
    if voxels > MAX_VOXELS:
        raise InvalidImage("reading.too_many_voxels", where=where, most=MAX_VOXELS, voxels=voxels)


def require_slices(axial: int, where: Where) -> None:
    """Refuse more axial slices than any head fills, before memory is taken for them.

    Raises:
        InvalidImage: above `MAX_SLICES`.
    """
    if axial > MAX_SLICES:
        raise InvalidImage("reading.too_many_slices", where=where, most=MAX_SLICES, slices=axial)
