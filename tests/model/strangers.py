"""Volumes that are no axial head MRI, or one with a fault, each on a grid of 240 mm."""

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from scipy.ndimage import gaussian_filter

from glioscope.study import Channel, Source, Study
from glioscope.volume import Grid, Image

SIZE, SLICES = 120, 20


def study_of(stack: np.ndarray, slice_mm: float = 5.0) -> Study:
    """Pictures (slice, row, column) of 240 mm as a FLAIR study."""
    side = 240 / stack.shape[1]
    grid = Grid(stack.shape[::-1], np.diag([-side, -side, slice_mm, 1.0]))
    array = np.ascontiguousarray(stack.transpose(2, 1, 0), np.float32)
    return Study("stranger", {Channel.FLAIR: Image(array, grid)}, Source("nifti"))


def _places() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slice, row and column in [-1, 1]."""
    lines = [np.linspace(-1, 1, n) for n in (SLICES, SIZE, SIZE)]
    z, y, x = np.meshgrid(*lines, indexing="ij")
    return z, y, x


def _grain(stack: np.ndarray, seed: int = 0, level: float = 3.0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, level, (2, *stack.shape))
    return np.hypot(gaussian_filter(stack, (0, 0.6, 0.6)) + noise[0], noise[1])


def knees() -> np.ndarray:
    """Two legs in cross-section: skin and fat, muscle, bone with marrow."""
    z, y, x = _places()
    stack = np.zeros_like(z)
    for centre in (-0.45, 0.45):
        away = np.hypot((x - centre) / (1 + 0.1 * z), y / (1 + 0.1 * z))
        for reach, level in ((0.38, 140), (0.33, 60), (0.18, 20), (0.15, 130)):
            stack[away < reach] = level
    return _grain(stack)


def chest() -> np.ndarray:
    """Wider than deep, with dark lungs, a heart and a spine."""
    _, y, x = _places()
    stack = np.where(np.hypot(x / 0.92, y / 0.6) < 1, 110.0, 0.0)
    stack[np.hypot(x / 0.86, y / 0.53) < 1] = 60
    for side in (-0.42, 0.42):
        stack[np.hypot((x - side) / 0.3, y / 0.42) < 1] = 6
    stack[np.hypot((x - 0.1) / 0.2, (y + 0.1) / 0.2) < 1] = 90
    return _grain(stack)


def limb() -> np.ndarray:
    """One thigh."""
    _, y, x = _places()
    away = np.hypot(x, y)
    return _grain(np.select([away < 0.1, away < 0.14, away < 0.5, away < 0.62], [130, 15, 60, 150]))


def water_phantom() -> np.ndarray:
    """The cylinder of water with rods that scanners are checked with."""
    _, y, x = _places()
    stack = np.where(np.hypot(x, y) < 0.75, 100.0, 0.0)
    for k in range(8):
        angle = k * np.pi / 4
        rod = np.hypot(x - 0.45 * np.cos(angle), y - 0.45 * np.sin(angle)) < 0.06
        stack[rod] = 30
    return _grain(stack)


def photographs() -> np.ndarray:
    """Pictures without air and without neighbours: smooth shapes of every size."""
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, (SLICES, SIZE, SIZE))
    picture = sum(gaussian_filter(noise, (0, s, s)) * s for s in (1, 2, 4, 8, 16))
    return 100 + 40 * picture / picture.std()


def noise() -> np.ndarray:
    rng = np.random.default_rng(2)
    return rng.uniform(0, 255, (SLICES, SIZE, SIZE))


def body_ct() -> np.ndarray:
    """A real slice of CT that comes with pydicom, as often as a volume has slices."""
    path = get_testdata_file("CT_small.dcm")
    return np.repeat(pydicom.dcmread(str(path)).pixel_array[None].astype(float), SLICES, axis=0)


STRANGERS = {
    f.__name__: f for f in (knees, chest, limb, water_phantom, photographs, noise, body_ct)
}
