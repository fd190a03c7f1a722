# pyright: basic
# It speaks with SciPy, which carries no types.
"""Lesions followed over the studies of a patient: each keeps the UID that it was first given.

Lesions of an earlier result are laid on the study by the head (`glioscope.followup.head`), for
scanners put their zero elsewhere each time; within one frame of reference they lie as they are. A
lesion is the earlier one with which it shares most, taken over all pairs; where it shares nothing,
the nearest that is free. What neither finds is new.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Integer

from glioscope.followup.head import Place
from glioscope.volume import Grid

# Heads laid on each other by the crown and the middle lie about a centimetre off where they are
# tilted otherwise. Farther apart than this in mm small lesions are two.
_NEAR = 15.0
# A lesion with at least this share of it inside another is a part of it.
_PART = 0.5


@dataclass(frozen=True)
class EarlierLesion:
    """A lesion of an earlier result: its UID and name there, and its voxels' centres in RAS mm."""

    uid: str
    name: str
    points: Float64[np.ndarray, "p 3"]
    voxel_mm3: float


@dataclass(frozen=True)
class Earlier:
    """What an earlier result knows of lesions; `head` is None where it is not known."""

    frame_of_reference: str
    head: Place | None
    lesions: tuple[EarlierLesion, ...]


@dataclass(frozen=True)
class Track:
    """By what a lesion is followed.

    Attributes:
        uid, name: those of the earlier lesion; empty of a new one.
        split_from: UIDs of earlier lesions that a new one lies in, which go on elsewhere.
        merged: UIDs of earlier lesions that lie in this one and have no other successor.
    """

    uid: str = ""
    name: str = ""
    split_from: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()


def shift_to(frame_of_reference: str, head: Place | None, earlier: Earlier) -> Place:
    """What is to be added to an earlier result's points, in mm, to lie on a study's."""
    if frame_of_reference == earlier.frame_of_reference or not (head and earlier.head):
        return 0.0, 0.0, 0.0
    right, front, up = (now - then for now, then in zip(head, earlier.head, strict=True))
    return right, front, up


def follow(
    labels: Integer[np.ndarray, "i j k"],
    grid: Grid,
    earlier: Sequence[EarlierLesion],
    shift: Place = (0.0, 0.0, 0.0),
) -> tuple[Track, ...]:
    """The track of each lesion, in the order of its label from 1.

    Two results of one study with equal outlines give equal tracks.

    Raises:
        UnknownSpacing: the grid is nominal.
    """
    grid.require_spacing()
    count = int(labels.max(initial=0))
    moved = [lesion.points + shift for lesion in earlier]
    shared = np.reshape(
        [_inside(points, labels, grid, count) for points in moved], (len(moved), count)
    )
    shared = shared * np.reshape([lesion.voxel_mm3 for lesion in earlier], (-1, 1))
    successor = _successors(shared, moved, labels, grid)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:] * grid.voxel_ml * 1000
    return tuple(
        _track(label, successor, shared, float(sizes[label]), earlier) for label in range(count)
    )


def _inside(
    points: Float64[np.ndarray, "p 3"],
    labels: Integer[np.ndarray, "i j k"],
    grid: Grid,
    count: int,
) -> Float64[np.ndarray, "n"]:
    """How many of the points lie in each lesion."""
    inverse = np.linalg.inv(grid.affine)
    voxels = np.rint(points @ inverse[:3, :3].T + inverse[:3, 3]).astype(np.int64)
    there = ((voxels >= 0) & (voxels < grid.shape)).all(axis=1)
    met = labels[tuple(voxels[there].T)]
    return np.bincount(met, minlength=count + 1)[1:].astype(np.float64)


def _successors(
    shared: Float64[np.ndarray, "e n"],
    moved: Sequence[Float64[np.ndarray, "_ 3"]],
    labels: Integer[np.ndarray, "i j k"],
    grid: Grid,
) -> dict[int, int]:
    """Which lesion, from 0, each earlier one has become."""
    from scipy.optimize import linear_sum_assignment

    pairs = zip(*linear_sum_assignment(-shared), strict=True)
    found = {int(e): int(n) for e, n in pairs if shared[e, n] > 0}
    free = [e for e in range(shared.shape[0]) if e not in found]
    new = [n for n in range(shared.shape[1]) if n not in found.values()]
    if not (free and new):
        return found
    then = np.array([moved[e].mean(axis=0) for e in free])
    now = np.array([_middle(labels == n + 1, grid) for n in new])
    away = np.linalg.norm(then[:, None] - now[None], axis=2)
    # What is too far must cost more than any pair that is near.
    costs = np.where(away <= _NEAR, away, 1e6)
    near = zip(*linear_sum_assignment(costs), strict=True)
    return found | {free[e]: new[n] for e, n in near if away[e, n] <= _NEAR}


def _middle(region: np.ndarray, grid: Grid) -> Float64[np.ndarray, "3"]:
    return grid.affine[:3, :3] @ np.argwhere(region).mean(axis=0) + grid.affine[:3, 3]


def _track(
    label: int,
    successor: dict[int, int],
    shared: Float64[np.ndarray, "e n"],
    size: float,
    earlier: Sequence[EarlierLesion],
) -> Track:
    before = next((e for e, n in successor.items() if n == label), None)
    if before is None:
        parents = [e for e in successor if shared[e, label] >= _PART * size]
        return Track(split_from=tuple(earlier[e].uid for e in parents))
    track = Track(earlier[before].uid, earlier[before].name)
    gone = [e for e in range(len(earlier)) if e not in successor]
    inside = [
        e for e in gone if shared[e, label] >= _PART * len(earlier[e].points) * earlier[e].voxel_mm3
    ]
    return replace(track, merged=tuple(earlier[e].uid for e in inside))
