"""Study and Plan in, network planes out, with the exact way back.

Training and inference both come through `prepare`, so what is trained and what is served cannot
drift apart.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from jaxtyping import Float32
from PIL import Image as Picture

from glioscope.errors import InvalidImage
from glioscope.model.plan import CHANNELS, Plan
from glioscope.orientation import from_pictures, picture_axes, to_pictures
from glioscope.study import Channel, Study
from glioscope.texts.message import Message, message
from glioscope.volume import Grid, Image, Scale

# Air is darker than this share of the way from the 2nd to the 98th percentile. Chosen on the LGG
# volumes so that head and air part in noisy backgrounds; not sensitive between 0.1 and 0.3.
_AIR_SHARE = 0.2

# Sequences scaled at once: each takes three times its volume meanwhile.
_AT_ONCE = 2

# In-plane spacing of MRI in mm, from animal coils to localisers with a wide margin. Outside it the
# header is wrong (metres for millimetres, for example), and the field of view would be taken from
# it: at 1 µm the picture would be padded to 240 000 px.
_PLAUSIBLE_MM = (0.05, 20.0)


@dataclass(frozen=True)
class Window:
    """Placement of a source picture in the network square: both centred, one scale per axis.

    `scale` is network pixels per source pixel along rows and columns.
    """

    source: tuple[int, int]
    size: int
    scale: tuple[float, float]

    @property
    def pixel_area(self) -> float:
        """Area of a source pixel in network pixels."""
        return self.scale[0] * self.scale[1]

    def forward(self, plane: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "n n"]:
        """Source picture to network square; outside the picture is 0. Shrinking averages."""
        return _resample(plane, (self.size, self.size), tuple(1 / s for s in self.scale))

    def back(self, plane: Float32[np.ndarray, "n n"]) -> Float32[np.ndarray, "h w"]:
        """Network square to source picture; what the square did not cover is 0."""
        return _resample(plane, self.source, self.scale)


def _resample(
    plane: Float32[np.ndarray, "h w"], shape: tuple[int, int], step: tuple[float, ...]
) -> Float32[np.ndarray, "u v"]:
    """Resample about the common centre; `step` is source pixels per target pixel (row, column)."""
    span = [n * s for n, s in zip(shape, step, strict=True)]
    pad = [max(0, int(np.ceil((w - n) / 2))) for w, n in zip(span, plane.shape, strict=True)]
    padded = np.pad(plane, [(p, p) for p in pad])
    top, left = ((n - w) / 2 for n, w in zip(padded.shape, span, strict=True))
    box = (left, top, left + span[1], top + span[0])
    picture = Picture.fromarray(np.ascontiguousarray(padded, dtype=np.float32))
    resized = picture.resize((shape[1], shape[0]), Picture.Resampling.BILINEAR, box=box)
    return np.asarray(resized, dtype=np.float32)


@dataclass(frozen=True)
class Restore:
    """The undo of `prepare`: network planes back onto the study's own grid."""

    grid: Grid
    window: Window

    def __call__(self, planes: Float32[np.ndarray, "k n n"]) -> Float32[np.ndarray, "i j k2"]:
        """Per-slice network planes to a volume on the reference grid."""
        return from_pictures(self.pictures(planes), self.grid)

    def pictures(self, planes: Float32[np.ndarray, "k n n"]) -> Float32[np.ndarray, "k h w"]:
        """Per-slice network planes to pictures of the source's size, not yet a volume."""
        return np.stack([self.window.back(plane) for plane in planes])


@dataclass(frozen=True)
class Prepared:
    """Normalised planes of one study, inferior to superior, rows to posterior, columns to left.

    `planes` is (slices, size, size, sequences) with air at 0 and the head's median at 1; `step` is
    how many slices apart the context neighbours stand. `replaced` names sequences FLAIR stood in
    for. `flair_scale` is that of FLAIR's intensities on the study's own grid.
    """

    planes: Float32[np.ndarray, "k n n c"]
    step: int
    context: int
    restore: Restore
    replaced: tuple[Channel, ...]
    flair_scale: Scale

    @property
    def flair(self) -> Float32[np.ndarray, "k n n"]:
        """FLAIR's planes."""
        return self.planes[..., CHANNELS.index(Channel.FLAIR)]

    def without_planes(self) -> Self:
        """The same without its planes: how the study was prepared, and the way back."""
        return replace(self, planes=np.zeros((0, *self.planes.shape[1:]), np.float32))

    def batch(self, start: int, stop: int) -> Float32[np.ndarray, "b n n d"]:
        """Network input for slices `start` to `stop`; beyond the ends the last slice repeats."""
        return with_context(self.planes, np.arange(start, stop), self.context, self.step)


def with_context(
    planes: Float32[np.ndarray, "k n n c"], indices: np.ndarray, context: int, step: int
) -> Float32[np.ndarray, "b n n d"]:
    """Stack each slice with its neighbours: channels are [lower…, middle, upper…] by sequence."""
    offsets = np.arange(-context, context + 1) * step
    picked = np.clip(indices[:, None] + offsets, 0, len(planes) - 1)
    return as_channels(planes[picked])


def as_channels(stacks: Float32[np.ndarray, "b o n n c"]) -> Float32[np.ndarray, "b n n d"]:
    """Slices seen together, lowest first, as channels of the middle one: d = o · c."""
    count, _, height, width, _ = stacks.shape
    return np.moveaxis(stacks, 1, 3).reshape(count, height, width, -1)


def prepare(study: Study, plan: Plan) -> Prepared:
    """Normalise every sequence over its volume and bring it to the plan's grid.

    A missing T1 or T1GD is replaced by FLAIR, as in the training data.

    Raises:
        InvalidImage: a sequence is constant or not finite.
    """
    replaced = tuple(s for s in CHANNELS if s not in study.images)
    window = window_for(study.grid, plan)

    def scaled(sequence: Channel) -> tuple[Scale, Float32[np.ndarray, "k n n"]]:
        image = study.images[sequence]
        scale = intensity_scale(image.array, sequence_of(study, sequence))
        return scale, _planes(image, scale, window, plan.clip)

    # NumPy and Pillow leave the interpreter while they compute.
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        answers = dict(zip(study.images, threads.map(scaled, study.images), strict=True))
    scales = {sequence: scale for sequence, (scale, _) in answers.items()}
    done = {sequence: planes for sequence, (_, planes) in answers.items()}
    return Prepared(
        planes=np.stack([done.get(s, done[Channel.FLAIR]) for s in CHANNELS], axis=-1),
        step=slice_step(study.grid, plan),
        context=plan.context,
        restore=Restore(study.grid, window),
        replaced=replaced,
        flair_scale=scales[Channel.FLAIR],
    )


def sequence_of(study: Study, sequence: Channel) -> Message:
    """How errors name a sequence of a study."""
    return message("core.sequence_of_study", study=study.study_id, sequence=sequence.value)


def _planes(
    image: Image, scale: Scale, window: Window, clip: float
) -> Float32[np.ndarray, "k n n"]:
    low, unit = scale
    stack = to_pictures(image.array, image.grid)
    return np.stack([window.forward(np.clip((plane - low) / unit, 0, clip)) for plane in stack])


def intensity_scale(array: Float32[np.ndarray, "i j k"], where: Message | str) -> Scale:
    """Air level and the distance from it to the head's median, over the whole volume.

    `(x - low) / unit` does not change when the intensities are multiplied or shifted. `where`
    names the volume in an error.

    Raises:
        InvalidImage: constant or not finite.
    """
    if not np.isfinite(array).all():
        raise InvalidImage("model.not_finite", where=where)
    low, high = (float(v) for v in np.percentile(array, (2, 98)))
    head = array[array > low + _AIR_SHARE * (high - low)]
    unit = float(np.median(head)) - low if head.size and high > low else 0.0
    if unit <= 0:
        raise InvalidImage("model.constant", where=where)
    return Scale(low, unit)


def window_for(grid: Grid, plan: Plan) -> Window:
    """Where the slices of a grid lie in the plan's square.

    Raises:
        InvalidImage: the in-plane spacing is that of no MRI.
    """
    _, height, width = (grid.shape[axis] for axis in picture_axes(grid).axes)
    if grid.nominal:
        filling = plan.size / min(height, width)
        scale = (filling, filling)
    else:
        _, row, column = picture_spacing(grid)
        low, high = _PLAUSIBLE_MM
        if min(row, column) < low or max(row, column) > high:
            raise InvalidImage("model.pixel_size", row=row, column=column, low=low, high=high)
        scale = (row / plan.pixel_mm, column / plan.pixel_mm)
    return Window((height, width), plan.size, scale)


def picture_spacing(grid: Grid) -> tuple[float, float, float]:
    """Distance in mm between slices, rows and columns of the axial pictures.

    Raises:
        UnknownSpacing: the grid is nominal.
    """
    slices, rows, columns = picture_axes(grid).axes
    spacing = grid.spacing_mm
    return spacing[slices], spacing[rows], spacing[columns]


def share_outside(study: Study, window: Window, flair: Scale) -> float:
    """Share of the head (FLAIR above air) that the network's square does not cover, in [0, 1].

    `flair` is the scale of FLAIR's intensities.
    """
    margin = [(n - window.size / s) / 2 for n, s in zip(window.source, window.scale, strict=True)]
    top, left = (max(0, int(np.floor(m))) for m in margin)
    if not (top or left):
        return 0.0
    image = study.images[Channel.FLAIR]
    head = to_pictures(image.array, image.grid) > flair.low + _AIR_SHARE * flair.unit
    height, width = window.source
    inside = head[:, top : height - top, left : width - left]
    return 1.0 - float(np.count_nonzero(inside)) / max(1, int(np.count_nonzero(head)))


def slice_step(grid: Grid, plan: Plan) -> int:
    """Slices between context neighbours so that they stand about `context_mm` apart."""
    if grid.nominal:
        return 1
    return max(1, round(plan.context_mm / picture_spacing(grid)[0]))
