# pyright: basic
# It speaks with SciPy, which carries no types.
"""Figures of one sequence of a study that tell whether it is like the studies a model learned from.

Not to be confused with `glioscope.findings.odd_slices`, which compares a slice with its own study.
scipy.ndimage is imported inside, as in `glioscope.model.components`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from glioscope.model.figures import HEAD, pearson, row_noise

# Side of a pixel that everything but noise is measured at, in mm: sizes of the head, not of the
# matrix, decide.
_PIXEL_MM = 2.5
# Intensity (air 0, the head's median 1) above which there is surely head.
_SURE = 0.5
# Signal farther from the head than this, in pixels of 2.5 mm, is no blur of its rim.
_AWAY = 4
# Slices whose head covers this share of the largest are figured on, at most so many of them.
_BROAD, _MOST = 0.7, 16
# Slices whose head covers this share of the largest go into the mean head, in so many bands from
# the lowest to the highest, each on a square of so many points.
_SHOWN, BANDS, POINTS = 0.3, 4, 24
# Half side of that square in standard deviations of the silhouette; an ellipse ends at 2.
SPAN = 2.3
_BRIGHTEST = 2.5
# Chins are held up or down by up to about this, in degrees; 5 mm apart are slices of `step` 1.
_NODS = (-20.0, -10.0, 10.0, 20.0)
_STEP_MM = 5.0

# In the order of the statistics. Logarithms where a factor counts: `log_area` (largest silhouette
# as a share of the square), `log_sharpness` (mean gradient over median), `log_noise` (median second
# difference along rows over median), `log_air` (mean signal away from the head, plus 0.02).
# `elongation` is the logarithm of length over width, `roundness` the silhouette's area over that of
# an ellipse of its moments, `mirror` and `mirror_front` the correlation of a slice with its mirror
# image left to right and front to back, `q05` to `q95` quantiles inside the head, `rim` the
# logarithm of the median signal near the surface over that deep inside, `dark` and `bright` the 5th
# and 95th percentile deep inside, `steady` the correlation of slices 5 mm apart.
FIGURE_NAMES = (
    "log_area",
    "elongation",
    "roundness",
    "mirror",
    "mirror_front",
    "q05",
    "q25",
    "q75",
    "q95",
    "rim",
    "dark",
    "bright",
    "log_sharpness",
    "log_noise",
    "log_air",
    "steady",
)


@dataclass(frozen=True)
class Appearance:
    """What one sequence looks like.

    Attributes:
        figures: as in `NAMES`.
        head: the mean head, lowest band first, each scaled to the moments of its slices'
            silhouettes: rows to posterior, columns to the left.
        highest: head area of the highest slice that shows any over the largest, in [0, 1].
        middle, lowest: the same of the slice in the middle of those that show any, and the lowest.
        shown: slices from the lowest to the highest that show any.
    """

    figures: Float64[np.ndarray, " f"]
    head: Float32[np.ndarray, "b n n"]
    highest: float
    middle: float
    lowest: float
    shown: int


@dataclass(frozen=True)
class _Shape:
    """Centre (row, column) and standard deviations of a silhouette; `roundness` as in `NAMES`."""

    centre: tuple[float, float]
    spread: tuple[float, float]
    roundness: float


def appearance_of(
    planes: Float32[np.ndarray, "k n n"], pixel_mm: float, step: int = 1
) -> Appearance | None:
    """Figures of planes as `prepare` scales them; None where no slice shows anything head-sized.

    `step` is how many slices apart 5 mm are.
    """
    factor = max(1, round(_PIXEL_MM / pixel_mm))
    coarse = _shrink(planes, factor)
    heads = _filled(coarse > HEAD)
    area = heads.sum(axis=(1, 2)).astype(np.float64)
    shapes = {k: shape for k, head in enumerate(heads) if (shape := _shape(head))}
    broad = _spread_out([k for k in shapes if area[k] >= _BROAD * area.max()], _MOST)
    if not broad:
        return None
    rows = []
    for k, air in zip(broad, _air(coarse[broad]), strict=True):
        noise = _noise(planes[k], heads[k], factor)
        figures = _slice_figures(coarse[k], heads[k], shapes[k])
        rows.append([*figures, np.log(air + 0.02), np.log(noise + 1e-3)])
    middle = np.median(np.array(rows), axis=0)
    figures = np.array(
        [
            np.log(area.max() / heads[0].size),
            *middle[:-3],
            *middle[[-3, -1, -2]],
            _steadiness(coarse, heads, broad, step),
        ]
    )
    shown = area[area.nonzero()[0][0] : area.nonzero()[0][-1] + 1] / area.max()
    highest, middle, lowest = (float(shown[k]) for k in (-1, len(shown) // 2, 0))
    head = _mean_head(coarse, area, shapes)
    return Appearance(figures, head, highest, middle, lowest, len(shown))


def nodded(
    planes: Float32[np.ndarray, "k n n"], pixel_mm: float, step: int = 1
) -> list[Appearance]:
    """What the same head looks like with its chin farther up and down; less where it is lost."""
    factor = max(1, round(_PIXEL_MM / pixel_mm))
    coarse, size = _shrink(planes, factor), factor * pixel_mm
    found = (appearance_of(_nod(coarse, by, _STEP_MM / step, size), size, step) for by in _NODS)
    return [one for one in found if one is not None]


def _nod(
    planes: Float32[np.ndarray, "k m m"], degrees: float, between_mm: float, pixel_mm: float
) -> Float32[np.ndarray, "k m m"]:
    """Planes turned about the axis from ear to ear, around their middle; air comes in as 0."""
    from scipy import ndimage

    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    ratio = pixel_mm / between_mm
    matrix = np.array([[cosine, -sine * ratio, 0], [sine / ratio, cosine, 0], [0, 0, 1]])
    middle = (np.array(planes.shape) - 1) / 2
    return ndimage.affine_transform(planes, matrix, middle - matrix @ middle, order=1)


def _shrink(planes: Float32[np.ndarray, "k n n"], factor: int) -> Float32[np.ndarray, "k m m"]:
    side = planes.shape[1] // factor
    cut = planes[:, : side * factor, : side * factor]
    return cut.reshape(len(planes), side, factor, side, factor).mean(axis=(2, 4))


def _spread_out(indices: list[int], most: int) -> list[int]:
    places = np.linspace(0, max(0, len(indices) - 1), min(len(indices), most))
    return [indices[round(p)] for p in places]


def _filled(region: Bool[np.ndarray, "k m m"]) -> Bool[np.ndarray, "k m m"]:
    """The region of every slice without specks, its holes filled.

    All slices at once, and holes by components: what SciPy's `binary_fill_holes` gives for each, in
    a tenth of its time.
    """
    from scipy import ndimage

    cross = ndimage.generate_binary_structure(2, 1)[None]
    opened = ndimage.binary_opening(region, cross)
    # A rim around each slice, so that all of its air that is no hole is the corner's component.
    empty = np.pad(~opened, ((0, 0), (1, 1), (1, 1)), constant_values=True)
    within_slices = np.stack([np.zeros((3, 3), bool), cross[0], np.zeros((3, 3), bool)])
    parts, _ = ndimage.label(empty, within_slices)
    return (parts != parts[:, :1, :1])[:, 1:-1, 1:-1]


def _shape(head: Bool[np.ndarray, "m m"]) -> _Shape | None:
    """None for a silhouette too thin to have an inside."""
    rows, columns = np.nonzero(head)
    if len(rows) < 16:
        return None
    spread = np.cov(rows, columns)
    size = np.sqrt(max(float(np.linalg.det(spread)), 0.0))
    if size < 1:
        return None
    return _Shape(
        (float(rows.mean()), float(columns.mean())),
        (float(np.sqrt(spread[0, 0])), float(np.sqrt(spread[1, 1]))),
        len(rows) / (4 * np.pi * size),
    )


def _slice_figures(
    plane: Float32[np.ndarray, "m m"], head: Bool[np.ndarray, "m m"], shape: _Shape
) -> list[float]:
    """Figures from `elongation` to `bright`, then sharpness, of one slice."""
    rows, columns = np.indices(plane.shape)
    deep = np.hypot(
        (rows - shape.centre[0]) / shape.spread[0], (columns - shape.centre[1]) / shape.spread[1]
    )[head]
    values = plane[head]
    inside, near = values[deep < 0.7], values[deep > 1.55]
    middle = max(float(np.median(values)), 1e-3)
    rim = float(np.median(near)) if near.size else middle
    centre = float(np.median(inside)) if inside.size else middle
    return [
        float(np.log(shape.spread[0] / shape.spread[1])),
        shape.roundness,
        _mirrored(plane, head, shape.centre[1]),
        _mirrored(plane.T, head.T, shape.centre[0]),
        *(float(q) for q in np.quantile(values, (0.05, 0.25, 0.75, 0.95))),
        float(np.log(max(rim, 0.01) / max(centre, 0.01))),
        *(float(q) for q in np.quantile(inside if inside.size else values, (0.05, 0.95))),
        float(np.log(np.hypot(*np.gradient(plane))[head].mean() / middle + 1e-3)),
    ]


def _mirrored(
    plane: Float32[np.ndarray, "m m"], head: Bool[np.ndarray, "m m"], centre: float
) -> float:
    """Correlation of the head with its mirror image about a column."""
    columns = np.arange(plane.shape[1])
    other = np.round(2 * centre - columns).astype(int)
    inside = (other >= 0) & (other < len(columns))
    other = np.clip(other, 0, len(columns) - 1)
    either = (head | head[:, other]) & inside
    return _correlation(plane[either], plane[:, other][either])


def _correlation(one: Float[np.ndarray, " p"], other: Float[np.ndarray, " p"]) -> float:
    """Pearson's, of intensities cut off at `_BRIGHTEST`; 0.0 where one is constant."""
    return pearson(np.minimum(one, _BRIGHTEST), np.minimum(other, _BRIGHTEST))


def _air(planes: Float32[np.ndarray, "k m m"]) -> list[float]:
    """Mean signal away from what is surely head: ghosts and noise; 1.0 where there is no air."""
    from scipy import ndimage

    cross = ndimage.generate_binary_structure(2, 1)[None]
    near = ndimage.binary_dilation(_filled(planes > _SURE), cross, iterations=_AWAY)
    away = (plane[~close] for plane, close in zip(planes, near, strict=True))
    return [float(signal.mean()) if signal.size else 1.0 for signal in away]


def _noise(plane: Float32[np.ndarray, "n n"], head: Bool[np.ndarray, "m m"], factor: int) -> float:
    fine = head.repeat(factor, axis=0).repeat(factor, axis=1)
    cut = plane[: len(fine), : len(fine)]
    inner = fine[:, 2:] & fine[:, :-2]
    if not inner.any():
        return 0.0
    return float(row_noise(cut, inner)) / max(float(np.median(cut[fine])), 1e-3)


def _steadiness(
    coarse: Float32[np.ndarray, "k m m"],
    heads: Bool[np.ndarray, "k m m"],
    broad: list[int],
    step: int,
) -> float:
    """Median correlation of slices `step` apart; 1.0 where there is only one."""
    pairs = [(k, k + step) for k in broad if k + step < len(coarse)]
    found = []
    for one, other in pairs:
        either = heads[one] | heads[other]
        found.append(_correlation(coarse[one][either], coarse[other][either]))
    return float(np.median(found)) if found else 1.0


def _mean_head(
    coarse: Float32[np.ndarray, "k m m"],
    area: Float64[np.ndarray, " k"],
    shapes: dict[int, _Shape],
) -> Float32[np.ndarray, "b n n"]:
    from scipy import ndimage

    shown = [k for k in shapes if area[k] >= _SHOWN * area.max()]
    line = np.linspace(-SPAN, SPAN, POINTS)
    mean = np.zeros((BANDS, POINTS, POINTS), np.float32)
    for band, group in enumerate(_bands(shown)):
        for k in _spread_out(group, 4):
            shape = shapes[k]
            places = np.meshgrid(
                *(c + line * s for c, s in zip(shape.centre, shape.spread, strict=True)),
                indexing="ij",
            )
            mean[band] += ndimage.map_coordinates(coarse[k], places, order=1) / min(4, len(group))
    return np.minimum(mean, _BRIGHTEST)


def _bands(indices: list[int]) -> list[list[int]]:
    """Rising indices in `BANDS` groups of about one size; some are empty where there are few."""
    return [[int(k) for k in part] for part in np.array_split(np.array(indices, int), BANDS)]
