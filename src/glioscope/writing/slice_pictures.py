# pyright: basic
# It speaks with SciPy, which carries no types.
"""Single slices as pictures with their outline, and the choice of slices worth showing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont
from scipy.ndimage import binary_erosion

from glioscope.analysis import Analysis
from glioscope.model.preprocess import picture_spacing, to_pictures
from glioscope.study import Channel, Study
from glioscope.volume import ClassMap, Mask, Scale
from glioscope.writing.wording import font_path

Colour = tuple[int, int, int]
# (x0, y0, x1, y1) in columns and rows, half-open.
Region = tuple[int, int, int, int]

# Amber and orange-red: told apart by people who cannot tell red from green.
OUTLINE: Colour = (255, 84, 56)
SECOND_LOOK: Colour = (255, 190, 60)
# Of a reader: as in the workplace told from the model's also by the colour-blind.
READERS: Colour = (64, 200, 224)
# Of classes, in their order and then again: told apart by the colour-blind (Okabe and Ito, 2008).
_CLASSES: tuple[Colour, ...] = (
    *((86, 180, 233), (240, 228, 66), (204, 121, 167)),
    *((0, 158, 115), (230, 159, 0), (0, 114, 178), (255, 255, 255)),
)

# White, in medians of the head above air. Lesions lie near 1.7, so they keep their own contrast;
# what is lost in white is fat.
_WHITE = 2.4


# Brighter than this is head.
_AIR = 30

# Of zlib for PNG: a third of the time of 6, and on such pictures no larger.
PNG_LEVEL = 3


@dataclass(frozen=True)
class Slices:
    """FLAIR and mask of one study as pictures, and the height of a pixel in pixel widths.

    `regions` holds the box of the possible miss of a slice, where it has one; `colour` is that of
    whose outline it is. `sure` and `possible` are the regions inside and around the outline, and
    `classes` the numbers of those that it is made of.
    """

    grey: UInt8[np.ndarray, "k h w"]
    mask: Bool[np.ndarray, "k h w"]
    aspect: float
    regions: dict[int, Region]
    colour: Colour = OUTLINE
    sure: Bool[np.ndarray, "k h w"] | None = None
    possible: Bool[np.ndarray, "k h w"] | None = None
    classes: UInt8[np.ndarray, "k h w"] | None = None

    def crop(self) -> "Slices":
        """Cut to the head, with a margin; the same for all slices so that they compare."""
        head = (self.grey > _AIR).any(axis=0)
        rows, columns = (np.flatnonzero(np.any(head, axis=axis)) for axis in (1, 0))
        if not rows.size:
            return self
        margin = max(2, round(0.03 * max(head.shape)))
        top, left = (int(max(0, side[0] - margin)) for side in (rows, columns))
        box = np.s_[:, top : rows[-1] + margin + 1, left : columns[-1] + margin + 1]
        regions = {
            index: (x0 - left, y0 - top, x1 - left, y1 - top)
            for index, (x0, y0, x1, y1) in self.regions.items()
        }
        cut = {
            name: None if (region := vars(self)[name]) is None else region[box]
            for name in ("grey", "mask", "sure", "possible", "classes")
        }
        return replace(self, regions=regions, **cut)


def slices_of(analysis: Analysis) -> Slices:
    """FLAIR from air at 0 to white at 255, over the volume, beside mask and possible misses."""
    shown = flair_and_outline(analysis.study, analysis.mask, analysis.flair_scale)
    regions = {miss.index: miss.box_px for miss in analysis.possible_misses if miss.box_px}
    shown = replace(shown, regions=regions, colour=outline_colour(analysis))
    if (found := analysis.bounds) is None:
        return shown
    grid = analysis.study.grid
    sure, possible = (to_pictures(region, grid) for region in (found.sure, found.possible))
    return replace(shown, sure=sure, possible=possible)


def flair_and_outline(study: Study, outline: Mask, scale: Scale) -> Slices:
    """FLAIR, whose `scale` is given, from air at 0 to white at 255, beside an outline."""
    image = study.images[Channel.FLAIR]
    grey = np.empty(image.array.shape, np.uint8)
    # Plane by plane: several writers do this at the same time, each with what one plane needs.
    for plane, shown in zip(image.array, grey, strict=True):
        white = (plane - np.float32(scale.low)) / np.float32(_WHITE * scale.unit)
        shown[:] = np.rint(255 * np.clip(white, 0, 1))
    _, row, column = (1.0, 1.0, 1.0) if image.grid.nominal else picture_spacing(image.grid)
    mask = to_pictures(outline.array, outline.grid)
    return Slices(to_pictures(grey, image.grid), mask, row / column, {})


def with_classes(slices: Slices, found: ClassMap) -> Slices:
    """The same with the classes of the outline."""
    return replace(slices, classes=to_pictures(found.values, found.grid))


def class_colour(number: int) -> Colour:
    """Of a class by its number, from 1."""
    return _CLASSES[(number - 1) % len(_CLASSES)]


def outline_colour(analysis: Analysis) -> Colour:
    """Of the model's outline, or of a reader's."""
    return OUTLINE if analysis.author == "model" else READERS


def key_slices(analysis: Analysis, count: int) -> tuple[int, ...]:
    """At most `count` slice indices worth showing, in order.

    With called slices: the widest slice of each lesion that is no speck first, then called slices
    spread evenly, then neighbours. Without: the most probable slice, and others spread evenly
    around it.
    """
    total = len(analysis.slices)
    called = [s.index for s in analysis.slices if s.decision == "tumour"]
    wanted = [f.diameter_slice for f in analysis.lesions]
    if called:
        wanted += _spread(called, max(0, count - len(set(wanted))))
        wanted += sorted(range(total), key=lambda k: min(abs(k - c) for c in called))
    else:
        wanted += [max(analysis.slices, key=lambda s: s.probability or 0.0).index]
        wanted += _spread(range(total), count - 1) + list(range(total))
    return tuple(sorted(list(dict.fromkeys(wanted))[:count]))


def _spread(indices: Sequence[int], count: int) -> list[int]:
    """`count` of the indices at even distances, all of them when there are no more."""
    if len(indices) <= count:
        return list(indices)
    places = np.linspace(0, len(indices) - 1, count + 2)[1:-1]
    return [indices[round(p)] for p in places]


def tile(slices: Slices, index: int, width: int, height: int) -> Picture.Image:
    """One slice fitted into `width` x `height` pixels on black, with side marks and outline.

    The region of a possible miss is boxed. Where there are classes each has an outline of its own.
    """
    plane = slices.grey[index]
    rows, columns = plane.shape
    scale = min(width / columns, height / (rows * slices.aspect))
    size = (max(1, round(columns * scale)), max(1, round(rows * slices.aspect * scale)))
    shown = Picture.fromarray(plane).resize(size, Picture.Resampling.BICUBIC).convert("RGB")
    for region, line in ((slices.possible, _dashed), (slices.sure, _thin), (slices.mask, _thick)):
        if region is not None and region[index].any() and slices.classes is None:
            shown = line(shown, region[index], slices.colour)
    if slices.classes is not None:
        numbers = slices.classes[index]
        for number in np.unique(numbers[numbers > 0]):
            shown = _thick(shown, numbers == number, class_colour(int(number)))
    if index in slices.regions:
        _boxed(shown, slices.regions[index], plane.shape)
    result = Picture.new("RGB", (width, height))
    result.paste(shown, ((width - size[0]) // 2, (height - size[1]) // 2))
    _mark_sides(result)
    return result


def _thick(shown: Picture.Image, mask: Bool[np.ndarray, "h w"], colour: Colour) -> Picture.Image:
    return _painted(shown, _rim(shown, mask, max(2, round(shown.height / 150))), colour)


def _thin(shown: Picture.Image, mask: Bool[np.ndarray, "h w"], colour: Colour) -> Picture.Image:
    return _painted(shown, _rim(shown, mask, 1), colour)


def _dashed(shown: Picture.Image, mask: Bool[np.ndarray, "h w"], colour: Colour) -> Picture.Image:
    rim = _rim(shown, mask, max(1, round(shown.height / 300)))
    # A chequered ground cuts a line of any direction into dashes.
    side = max(3, round(shown.height / 100))
    down, across = (np.arange(length) // side % 2 for length in rim.shape)
    return _painted(shown, rim & (down[:, None] == across), colour)


def _rim(shown: Picture.Image, mask: Bool[np.ndarray, "h w"], wide: int) -> Bool[np.ndarray, "p q"]:
    """The rim of the mask inside its edge, `wide` pixels of the shown picture."""
    large = Picture.fromarray(mask.astype(np.uint8) * 255).resize(
        shown.size, Picture.Resampling.BILINEAR
    )
    region = np.asarray(large) >= 128
    return region & ~binary_erosion(region, iterations=wide)


def _painted(shown: Picture.Image, rim: Bool[np.ndarray, "p q"], colour: Colour) -> Picture.Image:
    pixels = np.asarray(shown).copy()
    pixels[rim] = colour
    return Picture.fromarray(pixels)


def _boxed(shown: Picture.Image, region: Region, source: tuple[int, ...]) -> None:
    """Draw the box around a region, given in pixels of the source plane."""
    down, across = shown.height / source[0], shown.width / source[1]
    x0, y0, x1, y1 = region
    # Outside the region, so that nothing small is covered.
    corners = (x0 * across - 2, y0 * down - 2, x1 * across + 1, y1 * down + 1)
    ImageDraw.Draw(shown).rectangle(corners, outline=SECOND_LOOK, width=2)


def _mark_sides(picture: Picture.Image) -> None:
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(font_path(bold=True), max(10, picture.height // 17))
    middle = picture.height / 2
    draw.text((4, middle), "R", (220, 220, 220), font, anchor="lm")
    draw.text((picture.width - 4, middle), "L", (220, 220, 220), font, anchor="rm")
