"""Anatomy of the synthetic head of `phantom`, painted from the skin inwards.

The origin lies between the thalami; sizes follow an average adult head. Schematic on purpose: what
a network needs to know a head by, and nothing that could pass for a patient.
"""

from dataclasses import dataclass

import numpy as np

from glioscope.phantom.shapes import (
    AIR,
    BONE,
    FAT,
    FLUID,
    GREY,
    MARROW,
    MUSCLE,
    VESSEL,
    WHITE,
    Canvas,
    Field,
    Noise,
    Space,
    cover,
    ellipsoid,
    pair,
    tube,
    union,
)

_DOME = (0, 2, -4)
_DOME_AXES = (76.5, 97, 85)
_BRAIN = (0, 1, -4)
_BRAIN_AXES = (66.5, 86, 76)


@dataclass(frozen=True)
class Cavity:
    """The inside of the skull: all of it, and the parts that look different."""

    whole: Field
    cerebrum: Field
    cerebellum: Field
    stem: Field


@dataclass(frozen=True)
class Texture:
    """Random fields of one head: folds of the cortex, and everything finer."""

    folds: Noise
    detail: Noise


def paint_head(canvas: Canvas, space: Space, texture: Texture) -> Cavity:
    """Paint everything but the lesions; returns the cavity they must stay in."""
    inside = cavity(space, texture)
    surface = skin(space)
    _paint_soft_parts(canvas, space, surface, texture)
    _paint_face(canvas, space, texture)
    _paint_skull(canvas, space, surface, inside, texture)
    _paint_brain(canvas, space, inside, texture)
    return inside


def ventricle_distance(space: Space) -> Field:
    """Distance to the lateral ventricles and the third; lesions displace tissue, not these."""
    horns = union(
        tube(space, (7, -32, 6), (7, -6, 18), (3.5, 4.2)),
        tube(space, (7, -6, 18), (14, 24, 18), (4.2, 5.2)),
        tube(space, (14, 24, 18), (25, 34, 3), (5.2, 4.4)),
        tube(space, (25, 34, 3), (20, 52, 3), (4.4, 1.5)),
        blend=3,
    )
    third = np.maximum(np.abs(space.x) - 1.6, ellipsoid(space, (0, 6, -1), (6, 14, 9)))
    return np.minimum(np.maximum(horns, 0.5 - np.abs(space.x)), third)


def paint_ventricles(canvas: Canvas, space: Space, distance: Field) -> None:
    """Paint the ventricles with the choroid plexus inside."""
    canvas.paint(distance, FLUID)
    canvas.paint(tube(space, (17, 28, 14), (21, 33, 6), (1.8, 1.8)), VESSEL)


def skin(space: Space) -> Field:
    """The skin: a dome above, nearly a cylinder with a nose below."""
    z = np.maximum(space.z, _DOME[2])
    trunk = ellipsoid(Space(space.x, space.y, z), _DOME, _DOME_AXES)
    narrowing = np.maximum(_DOME[2] - space.z, 0) * 0.10
    nose = ellipsoid(space, (0, -90, -56), (10, 20, 22))
    return union(trunk + narrowing, nose, blend=10)


def cavity(space: Space, texture: Texture) -> Cavity:
    """Cerebrum above the orbits, temporal lobes, cerebellum and brain stem."""
    upper = ellipsoid(space, _BRAIN, _BRAIN_AXES)
    lower = ellipsoid(space, _BRAIN, (*_BRAIN_AXES[:2], 27))
    temporal = pair(space, (39, -10, -18), (23, 36, 22))
    cerebrum = union(np.where(space.z > _BRAIN[2], upper, lower), temporal, blend=6)
    wobble = texture.detail.over(space, 60)
    vermis = ellipsoid(space, (0, 46, -35), (16, 27, 22))
    cerebellum = union(pair(space, (20, 46, -37), (30, 29, 23)), vermis, blend=8)
    stem = tube(space, (0, 9, -23), (0, 22, -70), (12.5, 9))
    whole = union(cerebrum, cerebellum, stem, blend=4) + wobble
    return Cavity(whole, cerebrum, cerebellum, stem)


def _paint_soft_parts(canvas: Canvas, space: Space, surface: Field, texture: Texture) -> None:
    depth = -surface
    canvas.paint(-depth, MUSCLE)
    strands = texture.detail.over(space, 16)
    low = np.clip((-14 - space.z) / 8, 0, 1)
    canvas.blend(cover(0.9 - strands, 0.8) * cover(-depth, 1) * low, FAT)
    thickness = 4.8 + 0.7 * texture.detail.over(space, 90) + 0.012 * space.y
    canvas.paint(np.maximum(-depth + 1.2, depth - thickness - 1.2), FAT, 1.6)


def _paint_face(canvas: Canvas, space: Space, texture: Texture) -> None:
    if space.z.min() > -12:
        return
    canvas.paint(pair(space, (29, -60, -33), (17, 27, 15)), FAT)
    septa = np.abs(texture.detail.over(space, 14)) * 3
    sinus = union(
        ellipsoid(space, (0, -66, -40), (11, 27, 19)), ellipsoid(space, (0, -32, -44), (13, 14, 10))
    )
    canvas.paint(np.maximum(sinus, 0.7 - septa), AIR)
    canvas.paint(np.maximum(sinus, septa - 0.5), MUSCLE)
    canvas.paint(tube(space, (28, -62, -33), (12, -32, -30), (2, 2)), MUSCLE)
    globe = pair(space, (31, -73, -34), (12, 12, 12))
    canvas.paint(globe, MUSCLE)
    canvas.paint(globe + 1.2, FLUID)
    canvas.paint(pair(space, (31, -82, -34), (4.5, 2.0, 4.5)), MUSCLE)


def _paint_skull(
    canvas: Canvas, space: Space, surface: Field, inside: Cavity, texture: Texture
) -> None:
    outside = inside.whole
    # Above the orbits nothing but bone lies between scalp and brain.
    thickness = 6.2 + np.clip(space.z + 24, 0, 20)
    bone = np.maximum(outside - thickness, surface + 5.2)
    canvas.paint(bone, BONE)
    petrous = pair(space, (47, 20, -38), (19, 13, 13))
    cells = texture.detail.over(space, 11)
    canvas.paint(np.maximum(petrous, -outside), BONE)
    canvas.blend(cover(petrous, 2) * cover(1.1 - cells, 0.8) * cover(-outside, 1), MUSCLE)
    diploe = np.abs(outside - 3.6) - 0.9 - 0.8 * texture.detail.over(space, 45)
    canvas.paint(np.maximum(diploe, bone + 1), MARROW, 2.0)


def _paint_brain(canvas: Canvas, space: Space, inside: Cavity, texture: Texture) -> None:
    canvas.paint(inside.whole, FLUID)
    rim = 1.6 + 0.5 * texture.detail.over(space, 50)
    depth = -inside.whole - rim
    creases = np.minimum(_sulci(space, texture, depth), _fissures(space, texture))
    ribbon = np.minimum(depth, creases)
    canvas.paint(-ribbon, GREY)
    core = 3.0 + 0.5 * texture.detail.over(space, 20)
    canvas.paint(np.maximum(core - ribbon, inside.cerebrum + 2), WHITE, 2.2)
    _paint_hindbrain(canvas, space, inside, texture, depth)
    _paint_deep_grey(canvas, space)
    _paint_vessels(canvas, space, inside)


def _sulci(space: Space, texture: Texture, depth: Field) -> Field:
    """Distance to the fluid of the sulci: creases that dive from the surface and close below."""
    # Under the temporal lobes the surface is flat; creases come in from the side there as well.
    side = ellipsoid(Space(space.x, space.y, np.maximum(space.z, _BRAIN[2])), _BRAIN, _BRAIN_AXES)
    depth = np.maximum(depth, -side)
    near = (depth > -3) & (depth < 22)
    x, y, z = (np.broadcast_to(c, near.shape)[near] for c in (space.x, space.y, space.z))
    radius = np.sqrt(x * x + (0.8 * y) ** 2 + z * z) + 1
    # Mostly the direction counts, so that creases run inwards instead of wandering about.
    pull = (50 + 0.35 * (radius - 50)) / radius
    width = 1.3 * np.clip(1 - depth[near] / 20, 0, 1) - 1.2 * np.clip(depth[near] - 14, 0, None)
    distance = np.full(near.shape, 99, np.float32)
    distance[near] = np.abs(texture.folds.at(x * pull, y * pull, z * pull, 28)) * 4.0 - width
    return distance


def _fissures(space: Space, texture: Texture) -> Field:
    """Distance to the fluid between the hemispheres and in the Sylvian fissures."""
    line = Space(np.zeros((1, 1, 1), np.float32), space.y, space.z)
    sway = 1.2 * texture.detail.over(line, 70)
    middle = 38 - np.sqrt(space.y**2 + (1.35 * (space.z - 2)) ** 2)
    between = np.abs(space.x + sway) - 0.9 + np.clip(middle, 0, None)
    bend = 2.5 * texture.detail.over(space, 35)
    bent = Space(space.x + bend, space.y + bend, space.z)
    sylvian = union(
        tube(bent, (63, -16, -6), (41, -14, -4), (2.0, 1.2)),
        tube(bent, (41, -14, -4), (44, 16, 6), (1.2, 0.8)),
    )
    return np.minimum(between, sylvian)


def _paint_hindbrain(
    canvas: Canvas, space: Space, inside: Cavity, texture: Texture, depth: Field
) -> None:
    if space.z.min() > 4:
        return
    below = np.maximum(inside.cerebellum, -depth)
    canvas.blend(0.6 * cover(np.maximum(inside.cerebellum - 1, -depth), 2), FLUID)
    canvas.paint(below + 0.5, GREY)
    arcs = np.sin(np.sqrt(space.x**2 + (space.y - 24) ** 2 + (space.z + 36) ** 2) * 1.5)
    canvas.blend(cover(below + 2, 2) * np.clip(arcs, 0, 1) * 0.18, FLUID)
    canvas.paint(pair(space, (17, 42, -36), (18, 14, 11)), WHITE, 6)
    cistern = 1.6 + 1.2 * texture.detail.over(space, 25)
    canvas.paint(np.maximum(inside.stem - cistern, -inside.cerebellum), FLUID, 2)
    canvas.paint(inside.stem, WHITE)
    canvas.paint(ellipsoid(space, (0, -14, -20), (11, 9, 6)), FLUID)
    canvas.paint(ellipsoid(space, (0, 31, -33), (7, 5, 8)), FLUID)


def _paint_deep_grey(canvas: Canvas, space: Space) -> None:
    canvas.paint(pair(space, (10, 10, 3), (9, 15, 9)), GREY, 3)
    canvas.paint(pair(space, (25, -6, 2), (6, 18, 10)), GREY, 3)
    canvas.paint(pair(space, (13, -24, 8), (5, 10, 9)), GREY, 2)


def _paint_vessels(canvas: Canvas, space: Space, inside: Cavity) -> None:
    """Sagittal sinus and arteries of the base: bright only with contrast."""
    edge = np.abs(inside.whole + 1)
    sinus = np.hypot(space.x, edge) - 2.6
    canvas.paint(np.maximum(sinus, np.minimum(40 - space.y, 30 - space.z)), VESSEL)
    canvas.paint(tube(space, (0, -18, -22), (26, -20, -18), (1.3, 1.0)), VESSEL)
    canvas.paint(tube(space, (0, -4, -24), (0, -2, -40), (1.5, 1.5)), VESSEL)
