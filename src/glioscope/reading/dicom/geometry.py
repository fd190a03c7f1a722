"""Where the frames of a stack lie: their order along the normal and one exact affine, or the fault.

DICOM PS3.3 C.7.6.2.1.1: ImagePositionPatient is the centre of the first pixel, the first three
numbers of ImageOrientationPatient are the direction in which the column index grows, the last three
that of the row index, all in LPS; PixelSpacing is between rows, then between columns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from glioscope.errors import InvalidImage
from glioscope.reading.checks import require_size
from glioscope.reading.dicom.headers import Frame
from glioscope.volume import Grid

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

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
    warnings: tuple[str, ...]

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


def arrange(frames: Sequence[Frame], where: str) -> Stack:
    """Sort the frames of one stack along their normal.

    A single frame becomes one slice as thick as its header says.

    Raises:
        InvalidImage: what the header must say is missing, or differs between frames, or the frames
            do not lie evenly on one straight line along their normal: a slice is missing, spacing
            is uneven, the stack is sheared.
    """
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
    return Stack(places, Grid(shape, LPS_TO_RAS @ affine), notes + _twice(frames, places))


def _require_tags(frames: Sequence[Frame], where: str) -> None:
    needed: dict[str, Callable[[Frame], object]] = {
        "ImagePositionPatient": lambda f: f.position,
        "ImageOrientationPatient": lambda f: f.orientation,
        "PixelSpacing": lambda f: f.spacing,
    }
    for keyword, read in needed.items():
        absent = sum(read(frame) is None for frame in frames)
        if absent:
            raise InvalidImage(
                f"{where}: {absent} of {len(frames)} frames have no {keyword}, so sizes and sides "
                "would be invented; export the series again from the scanner or the PACS"
            )
    _require_one(frames, where)


def _require_one(frames: Sequence[Frame], where: str) -> None:
    spaces = {frame.frame_of_reference for frame in frames}
    if len(spaces) > 1:
        raise InvalidImage(
            f"{where}: expected one FrameOfReferenceUID, got {len(spaces)}: its frames were "
            "scanned in different positions of the patient; export them as series of their own"
        )
    spacings = np.array([frame.spacing for frame in frames])
    if np.ptp(spacings, axis=0).max() > 1e-3:
        raise InvalidImage(
            f"{where}: expected one PixelSpacing, got {spacings.min():g} to {spacings.max():g} mm"
        )
    low, high = _SPACING_MM
    if not low <= spacings.min() <= spacings.max() <= high:
        raise InvalidImage(
            f"{where}: expected a PixelSpacing of {low:g} to {high:g} mm, "
            f"got {spacings[0][0]:g} × {spacings[0][1]:g}"
        )


def _directions(
    frame: Frame, where: str
) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]]:
    """Unit vectors in LPS along which row and column index grow."""
    columns, rows = np.array(frame.orientation).reshape(2, 3)
    lengths = np.linalg.norm([columns, rows], axis=1)
    if np.abs(lengths - 1).max() > _SQUARE or abs(columns @ rows) > _SQUARE:
        raise InvalidImage(
            f"{where}: ImageOrientationPatient is not two directions at a right angle: "
            f"lengths {lengths[0]:.3f} and {lengths[1]:.3f}, product {columns @ rows:.3f}"
        )
    return rows / lengths[1], columns / lengths[0]


def _places(
    frames: Sequence[Frame], normal: Float64[np.ndarray, "3"], where: str
) -> tuple[tuple[Frame, ...], ...]:
    """Frames from the lowest along the normal up; those at one place together."""
    heights = np.array([np.dot(frame.position or (), normal) for frame in frames])
    found: list[list[Frame]] = []
    last = -np.inf
    for index in np.argsort(heights, kind="stable"):
        if heights[index] - last > _SAME_PLACE_MM:
            found.append([])
            last = heights[index]
        found[-1].append(frames[index])
    _require_own_place(found, where)
    return tuple(tuple(place) for place in found)


def _require_own_place(places: list[list[Frame]], where: str) -> None:
    """Refuse one instance at two places, and two pictures side by side at one height."""
    seen: dict[tuple[str, int | None], int] = {}
    for index, place in enumerate(places):
        for frame in place:
            if seen.setdefault((frame.instance_uid, frame.number), index) != index:
                raise InvalidImage(
                    f"{where}: one SOPInstanceUID stands at two places "
                    f"(instance {frame.order[0]}); the copies contradict each other"
                )
        points = np.array([frame.position for frame in place])
        if np.ptp(points, axis=0).max() > 10 * _SAME_PLACE_MM:
            raise InvalidImage(
                f"{where}: instances {place[0].order[0]} and {place[-1].order[0]} lie side by side "
                f"in one plane, {np.ptp(points, axis=0).max():.1f} mm apart; expected one picture "
                "per plane"
            )


def _step(
    places: tuple[tuple[Frame, ...], ...],
    points: Float64[np.ndarray, "n 3"],
    normal: Float64[np.ndarray, "3"],
    where: str,
) -> tuple[Float64[np.ndarray, "3"], tuple[str, ...]]:
    """From one slice to the next in LPS mm, and warnings."""
    if len(places) == 1:
        return _single(places[0][0], normal, where)
    step = (points[-1] - points[0]) / (len(points) - 1)
    gaps = np.diff(points @ normal)
    _require_even(places, gaps, where)
    tilt = np.degrees(np.arccos(np.clip(step @ normal / np.linalg.norm(step), -1, 1)))
    if tilt > _SHEAR_DEG:
        raise InvalidImage(
            f"{where}: the slices slide sideways at {tilt:.1f} degrees to their normal (gantry "
            "tilt); expected a straight stack; have it reformatted"
        )
    off = np.linalg.norm(points - points[0] - np.outer(np.arange(len(points)), step), axis=1).max()
    spacing = float(np.linalg.norm(step))
    if off > _UNEVEN * spacing:
        raise InvalidImage(
            f"{where}: slices lie up to {off:.2f} mm off a straight, even line (spacing "
            f"{spacing:.2f} mm); expected less than {_UNEVEN:.0%} of the spacing"
        )
    notes = _off_note(off, spacing, where) + _declared_note(places, spacing, where)
    return step, notes


def _single(
    frame: Frame, normal: Float64[np.ndarray, "3"], where: str
) -> tuple[Float64[np.ndarray, "3"], tuple[str, ...]]:
    thickness = frame.thickness or frame.between
    if not thickness or not _SPACING_MM[0] <= thickness <= _SPACING_MM[1]:
        raise InvalidImage(
            f"{where}: a single slice without a usable SliceThickness; expected a whole series"
        )
    note = f"{where} has a single slice; its thickness is taken from SliceThickness"
    return normal * thickness, (note,)


def _require_even(
    places: tuple[tuple[Frame, ...], ...], gaps: Float64[np.ndarray, "n"], where: str
) -> None:
    usual = float(np.median(gaps))
    worst = int(np.abs(gaps - usual).argmax())
    if abs(gaps[worst] - usual) <= _UNEVEN * usual:
        return
    below, above = sorted(places[worst + i][0].order for i in (0, 1))
    ends = " and ".join(f"{n}, frame {f}" if f else str(n) for n, f in (below, above))
    times = gaps[worst] / usual
    if round(times) >= 2 and abs(times - round(times)) <= _UNEVEN * round(times):
        absent = sum(round(g / usual) - 1 for g in gaps)
        raise InvalidImage(
            f"{where}: missing slices: {absent}; instances {ends} are {gaps[worst]:.2f} mm "
            f"apart where the others are {usual:.2f} mm; send the whole series"
        )
    raise InvalidImage(
        f"{where}: uneven slice spacing: instances {ends} are {gaps[worst]:.2f} mm apart where the "
        f"usual distance is {usual:.2f} mm; expected one distance"
    )


def _off_note(off: float, spacing: float, where: str) -> tuple[str, ...]:
    if off <= _EVEN * spacing:
        return ()
    return (f"{where}: slice positions are uneven; places are uncertain by up to {off:.2f} mm",)


def _declared_note(
    places: tuple[tuple[Frame, ...], ...], spacing: float, where: str
) -> tuple[str, ...]:
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
        f"{where}: slices are {spacing:.2f} mm apart, {round(times)} times SpacingBetweenSlices "
        f"({between:.2f} mm): slices between them may be missing",
    )


def _twice(frames: Sequence[Frame], places: tuple[tuple[Frame, ...], ...]) -> tuple[str, ...]:
    double = len(frames) - len(places)
    return (f"{double} slices stand twice in the series",) if double else ()
