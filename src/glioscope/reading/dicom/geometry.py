"""Where the frames of a stack lie: their order along the normal and one exact affine, or the fault.

DICOM PS3.3 C.7.6.2.1.1: ImagePositionPatient is the centre of the first pixel, the first three
numbers of ImageOrientationPatient are the direction in which the column index grows, the last three
that of the row index, all in LPS; PixelSpacing is between rows, then between columns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float64

from glioscope.errors import InvalidImage
from glioscope.orientation import LPS_RAS, picture_axes
from glioscope.reading.checks import Where, require_size, require_slices
from glioscope.reading.dicom.files import value
from glioscope.reading.dicom.headers import Frame, integer
from glioscope.texts.message import Message, message
from glioscope.volume import Grid

# Frames nearer than this along the normal stand at one place.
_SAME_PLACE_MM = 0.01
# Positions are rounded when written, to 0.1 mm by old scanners: 2 % of the usual 5 mm. Above the
# first share the error is told, above the second the stack is refused.
_EVEN, _UNEVEN = 0.01, 0.05
# A stack whose frames slide sideways as they go up by more than this is sheared (tilted gantry).
_SHEAR_DEG = 0.2
# How far directions may be from length 1 and from a right angle, in the rounding of headers.
_SQUARE = 1e-2
_SPACING_MM = (0.01, 50.0)


@dataclass(frozen=True)
class Stack:
    """Frames along the slice normal, and where they lie.

    `places` holds, for each slice, the frames that stand there: one, or several that must hold the
    same pixels. The affine of `grid` maps (slice, row, column) to RAS mm; `warnings` are what the
    reader of the result must know.
    """

    places: tuple[tuple[Frame, ...], ...]
    grid: Grid
    warnings: tuple[Message, ...]

    @property
    def plane(self) -> str:
        """The anatomical plane nearest to the slices."""
        normal = np.abs(self.grid.affine[:3, 0]) / self.grid.spacing[0]
        return ("sagittal", "coronal", "axial")[int(normal.argmax())]

    @property
    def oblique_deg(self) -> float:
        """Angle in degrees between the slices and that plane."""
        cosine = np.abs(self.grid.affine[:3, 0]).max() / self.grid.spacing[0]
        return float(np.degrees(np.arccos(min(1.0, cosine))))


def arrange(frames: Sequence[Frame], where: Where) -> Stack:
    """Sort the frames of one stack along their normal.

    A single frame becomes one slice as thick as its header says.

    Raises:
        InvalidImage: what the header must say is missing, or differs between frames, there are more
            axial slices than any head has, or the frames do not lie evenly on one straight line
            along their normal: a slice is missing, spacing is uneven, the stack is sheared.
    """
    _require_placed(frames, where)
    _require_tags(frames, where)
    rows, columns = _directions(frames[0], where)
    normal = np.cross(columns, rows)
    places = _places(frames, normal, where)
    points = np.array([place[0].position for place in places])
    step, notes = _step(places, points, normal, where)
    shape = (len(places), *frames[0].shape)
    require_size(int(np.prod(shape, dtype=np.int64)), where)
    between_rows, between_columns = frames[0].spacing or (0.0, 0.0)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 3] = step, points[0]
    affine[:3, 1], affine[:3, 2] = rows * between_rows, columns * between_columns
    grid = Grid(shape, LPS_RAS @ affine)
    require_slices(shape[picture_axes(grid).axes[0]], where)
    return Stack(places, grid, notes + _twice(frames, places))


def _require_placed(frames: Sequence[Frame], where: Where) -> None:
    """Refuse files of many frames that describe another number of them than they hold."""
    many = {frame.instance_uid: frame.file.header for frame in frames if frame.number is not None}
    for header in many.values():
        count = integer(value(header, "NumberOfFrames"))
        groups = len(value(header, "PerFrameFunctionalGroupsSequence"))
        if count and groups != count:
            raise InvalidImage("reading.geometry.groups", where=where, groups=groups, frames=count)


def _require_tags(frames: Sequence[Frame], where: Where) -> None:
    needed: dict[str, Callable[[Frame], object]] = {
        "ImagePositionPatient": lambda f: f.position,
        "ImageOrientationPatient": lambda f: f.orientation,
        "PixelSpacing": lambda f: f.spacing,
    }
    for keyword, read in needed.items():
        absent = sum(read(frame) is None for frame in frames)
        if absent:
            raise InvalidImage(
                "reading.geometry.no_tag",
                where=where,
                absent=absent,
                frames=len(frames),
                keyword=keyword,
            )
    _require_one(frames, where)


def _require_one(frames: Sequence[Frame], where: Where) -> None:
    spaces = {frame.frame_of_reference for frame in frames}
    if len(spaces) > 1:
        raise InvalidImage("reading.geometry.frames_of_reference", where=where, count=len(spaces))
    spacings = np.array([frame.spacing for frame in frames])
    if np.ptp(spacings, axis=0).max() > 1e-3:
        least, most = float(spacings.min()), float(spacings.max())
        raise InvalidImage("reading.geometry.spacings", where=where, least=least, most=most)
    low, high = _SPACING_MM
    if not low <= spacings.min() <= spacings.max() <= high:
        row, column = map(float, spacings[0])
        raise InvalidImage(
            "reading.geometry.spacing", where=where, least=low, most=high, row=row, column=column
        )


def _directions(
    frame: Frame, where: Where
) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]]:
    """Unit vectors in LPS along which row and column index grow."""
    columns, rows = np.array(frame.orientation).reshape(2, 3)
    lengths = np.linalg.norm([columns, rows], axis=1)
    if np.abs(lengths - 1).max() > _SQUARE or abs(columns @ rows) > _SQUARE:
        raise InvalidImage(
            "reading.geometry.directions",
            where=where,
            first=float(lengths[0]),
            second=float(lengths[1]),
            product=float(columns @ rows),
        )
    return rows / lengths[1], columns / lengths[0]


def _places(
    frames: Sequence[Frame], normal: Float64[np.ndarray, "3"], where: Where
) -> tuple[tuple[Frame, ...], ...]:
    """Frames from the lowest along the normal up; those at one place together."""
    heights = np.array([np.dot(frame.position or (), normal) for frame in frames])
    found: list[list[Frame]] = []
    last = -np.inf
    for index in np.argsort(heights, kind="stable"):
        if heights[index] - last > _SAME_PLACE_MM:
            found.append([])
            last = heights[index]
        found[-1].append(frames[int(index)])
    _require_own_place(found, where)
    return tuple(tuple(place) for place in found)


def _require_own_place(places: list[list[Frame]], where: Where) -> None:
    """Refuse one instance at two places, and two pictures side by side at one height."""
    seen: dict[tuple[str, int | None], int] = {}
    for index, place in enumerate(places):
        for frame in place:
            if seen.setdefault((frame.instance_uid, frame.number), index) != index:
                raise InvalidImage(
                    "reading.geometry.two_places", where=where, instance=frame.order[0]
                )
        apart = float(np.ptp(np.array([f.position for f in place]), axis=0).max())
        if apart > 10 * _SAME_PLACE_MM:
            raise InvalidImage(
                "reading.geometry.side_by_side",
                where=where,
                first=place[0].order[0],
                second=place[-1].order[0],
                apart=apart,
            )


def _step(
    places: tuple[tuple[Frame, ...], ...],
    points: Float64[np.ndarray, "n 3"],
    normal: Float64[np.ndarray, "3"],
    where: Where,
) -> tuple[Float64[np.ndarray, "3"], tuple[Message, ...]]:
    """From one slice to the next in LPS mm, and warnings."""
    if len(places) == 1:
        return _single(places[0][0], normal, where)
    step = (points[-1] - points[0]) / (len(points) - 1)
    gaps = np.diff(points @ normal)
    _require_even(places, gaps, where)
    tilt = float(np.degrees(np.arccos(np.clip(step @ normal / np.linalg.norm(step), -1, 1))))
    if tilt > _SHEAR_DEG:
        raise InvalidImage("reading.geometry.tilted", where=where, tilt=tilt)
    line = points[0] + cast(np.ndarray, np.outer(np.arange(len(points)), step))
    off = float(np.linalg.norm(points - line, axis=1).max())
    spacing = float(np.linalg.norm(step))
    if off > _UNEVEN * spacing:
        raise InvalidImage(
            "reading.geometry.off_line", where=where, off=off, spacing=spacing, share=_UNEVEN
        )
    notes = _off_note(off, spacing, where) + _declared_note(places, spacing, where)
    return step, notes


def _single(
    frame: Frame, normal: Float64[np.ndarray, "3"], where: Where
) -> tuple[Float64[np.ndarray, "3"], tuple[Message, ...]]:
    thickness = frame.thickness or frame.between
    if not thickness or not _SPACING_MM[0] <= thickness <= _SPACING_MM[1]:
        raise InvalidImage("reading.geometry.no_thickness", where=where)
    return normal * thickness, (message("reading.geometry.single", where=where),)


def _require_even(
    places: tuple[tuple[Frame, ...], ...], gaps: Float64[np.ndarray, "n"], where: Where
) -> None:
    usual = float(np.median(gaps))
    worst = int(np.abs(gaps - usual).argmax())
    if abs(gaps[worst] - usual) <= _UNEVEN * usual:
        return
    below, above = sorted(places[worst + i][0].order for i in (0, 1))
    said = {"where": where, "first": _instance(*below), "second": _instance(*above)}
    said |= {"gap": float(gaps[worst]), "usual": usual}
    times = gaps[worst] / usual
    if round(times) >= 2 and abs(times - round(times)) <= _UNEVEN * round(times):
        absent = sum(round(g / usual) - 1 for g in gaps)
        raise InvalidImage("reading.geometry.missing", absent=absent, **said)
    raise InvalidImage("reading.geometry.uneven", **said)


def _instance(instance: int, frame: int) -> Message | int:
    """An instance by its number, and the frame of a multi-frame one."""
    if not frame:
        return instance
    return message("reading.geometry.frame", instance=instance, frame=frame)


def _off_note(off: float, spacing: float, where: Where) -> tuple[Message, ...]:
    if off <= _EVEN * spacing:
        return ()
    return (message("reading.geometry.uncertain", where=where, off=off),)


def _declared_note(
    places: tuple[tuple[Frame, ...], ...], spacing: float, where: Where
) -> tuple[Message, ...]:
    """Warn of slices at a multiple of the distance that the scanner planned."""
    frame = places[0][0]
    between, thickness = frame.between or 0.0, frame.thickness or 0.0
    # Some scanners write the gap here and not the distance, which is then less than the thickness.
    if between <= 0 or between < 0.9 * thickness:
        return ()
    times = spacing / between
    if round(times) < 2 or abs(times - round(times)) > _UNEVEN:
        return ()
    return (
        message(
            "reading.geometry.planned",
            where=where,
            spacing=spacing,
            times=round(times),
            between=between,
        ),
    )


def _twice(frames: Sequence[Frame], places: tuple[tuple[Frame, ...], ...]) -> tuple[Message, ...]:
    double = len(frames) - len(places)
    return (message("reading.geometry.twice", count=double),) if double else ()
