/** Where pictures of slices lie on the screen. */

import { pictureOf, toPicture, toVoxel } from "../grid/geometry.js";

/** @typedef {import("../grid/geometry.js").Plane} Plane */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {{x: number, y: number, width: number, height: number}} Area In CSS pixels. */

/**
 * One slice on the screen. `left` and `top` are those of the picture's outer corner, which may lie
 * outside of `area`, beyond which nothing is drawn; scales are CSS pixels for a pixel of the
 * picture.
 * @typedef {object} Tile
 * @property {Plane} plane
 * @property {number} slice
 * @property {Area} area
 * @property {number} left
 * @property {number} top
 * @property {number} scaleX
 * @property {number} scaleY
 * @property {number} zoom
 */

/**
 * @typedef {object} Shown
 * @property {Triple} size
 * @property {Triple} spacing
 * @property {Triple} at Voxel that every shown slice passes.
 * @property {boolean} three Whether all three planes are shown.
 * @property {number} zoom 1 fits the picture into its place.
 * @property {[number, number]} pan In CSS pixels.
 */

const GAP = 2;

/**
 * @param {Shown} shown
 * @param {number} width Of the place for pictures, in CSS pixels.
 * @param {number} height
 * @returns {Tile[]}
 */
export function tiles(shown, width, height) {
  if (!shown.three) return [tile(shown, "axial", { x: 0, y: 0, width, height })];
  const main = Math.round(width * 0.6);
  const side = { x: main + GAP, width: width - main - GAP };
  const half = Math.round(height / 2);
  return [
    tile(shown, "axial", { x: 0, y: 0, width: main, height }),
    tile(shown, "coronal", { ...side, y: 0, height: half - GAP }),
    tile(shown, "sagittal", { ...side, y: half, height: height - half }),
  ];
}

/**
 * @param {Shown} shown
 * @param {Plane} plane
 * @param {Area} area
 * @returns {Tile}
 */
function tile(shown, plane, area) {
  const { width, height, pixelWidth, pixelHeight } = pictureOf(plane, shown.size, shown.spacing);
  const [wide, high] = [width * pixelWidth, height * pixelHeight];
  const zoom = Math.min(area.width / wide, area.height / high) * shown.zoom;
  return {
    plane,
    slice: toPicture(plane, shown.size, shown.at)[2],
    area,
    left: area.x + (area.width - wide * zoom) / 2 + shown.pan[0],
    top: area.y + (area.height - high * zoom) / 2 + shown.pan[1],
    scaleX: pixelWidth * zoom,
    scaleY: pixelHeight * zoom,
    zoom,
  };
}

/**
 * The tile under a point of the screen.
 * @param {Tile[]} all
 * @param {number} x
 * @param {number} y
 */
export function tileAt(all, x, y) {
  const inside = (/** @type {Area} */ { x: left, y: top, width, height }) =>
    x >= left && y >= top && x < left + width && y < top + height;
  return all.find(({ area }) => inside(area));
}

/**
 * The voxel coordinates of a point of the screen; whole numbers at the centres of voxels.
 * @param {Tile} one
 * @param {Triple} size
 * @param {number} x
 * @param {number} y
 */
export function voxelAt(one, size, x, y) {
  const column = (x - one.left) / one.scaleX - 0.5;
  const row = (y - one.top) / one.scaleY - 0.5;
  return toVoxel(one.plane, size, [column, row, one.slice]);
}

/**
 * The exact undo of `voxelAt`.
 * @param {Tile} one
 * @param {Triple} size
 * @param {Triple} voxel
 * @returns {[number, number]}
 */
export function screenAt(one, size, voxel) {
  const [column, row] = toPicture(one.plane, size, voxel);
  return [one.left + (column + 0.5) * one.scaleX, one.top + (row + 0.5) * one.scaleY];
}

/**
 * Length of a scale bar that takes between a tenth and a third of a width: 1, 2 or 5 by tens.
 * @param {number} pixels Width in CSS pixels.
 * @param {number} zoom CSS pixels for a mm.
 */
export function barMm(pixels, zoom) {
  const most = pixels / 3 / zoom;
  const ten = 10 ** Math.floor(Math.log10(most));
  const steps = [5, 2, 1].map((step) => step * ten);
  return steps.find((step) => step <= most) ?? ten;
}

/**
 * Pan after a zoom that keeps a point of the screen where it is.
 * @param {Area} area
 * @param {[number, number]} pan
 * @param {number} factor
 * @param {[number, number]} point
 * @returns {[number, number]}
 */
export function panAround(area, pan, factor, point) {
  const centre = [area.x + area.width / 2, area.y + area.height / 2];
  const moved = (/** @type {0 | 1} */ axis) =>
    point[axis] - centre[axis] - (point[axis] - centre[axis] - pan[axis]) * factor;
  return [moved(0), moved(1)];
}
