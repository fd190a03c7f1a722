/**
 * Pictures of slices as radiologists see them, and the voxels in them.
 *
 * The patient's right is on the left of axial and coronal pictures; anterior is up on axial ones
 * and left on sagittal ones; superior is up on the others. Volumes run to right, anterior and
 * superior, so that both picture axes run against those of the volume in every plane.
 */

import { steps } from "./grid.js";

/** @typedef {import("./grid.js").Axis} Axis */
/** @typedef {import("./grid.js").Triple} Triple */
/** @typedef {"axial" | "coronal" | "sagittal"} Plane */
/** @typedef {"R" | "L" | "A" | "P" | "S" | "I"} Side Right, left, anterior, posterior and so on. */

/** @typedef {{left: Side, right: Side, top: Side, bottom: Side}} Edges */

/**
 * @typedef {object} Layout
 * @property {Axis} axis Axis of the volume across the slices.
 * @property {Axis} across Axis along which picture rows run, backwards.
 * @property {Axis} down Axis along which picture columns run, backwards.
 * @property {Edges} edges Sides of the patient at the sides of the picture.
 */

/** @type {Record<Plane, Layout>} */
export const LAYOUTS = {
  axial: layout(2, 0, 1, { left: "R", right: "L", top: "A", bottom: "P" }),
  coronal: layout(1, 0, 2, { left: "R", right: "L", top: "S", bottom: "I" }),
  sagittal: layout(0, 1, 2, { left: "A", right: "P", top: "S", bottom: "I" }),
};

/**
 * @param {Axis} axis
 * @param {Axis} across
 * @param {Axis} down
 * @param {Edges} edges
 * @returns {Layout}
 */
function layout(axis, across, down, edges) {
  return { axis, across, down, edges };
}

/**
 * How large the pictures of a plane are: pixels, slices, and the sides of a pixel in mm.
 * @param {Plane} plane
 * @param {Triple} size
 * @param {Triple} spacing In mm.
 */
export function pictureOf(plane, size, spacing) {
  const { axis, across, down } = LAYOUTS[plane];
  return {
    width: size[across],
    height: size[down],
    slices: size[axis],
    pixelWidth: spacing[across],
    pixelHeight: spacing[down],
  };
}

/**
 * The voxel coordinates of a point in a picture, with whole numbers at the centres of both.
 * @param {Plane} plane
 * @param {Triple} size
 * @param {Triple} point Picture column x from the left, row y from the top, slice.
 * @returns {Triple}
 */
export function toVoxel(plane, size, [x, y, slice]) {
  const { axis, across, down } = LAYOUTS[plane];
  /** @type {Triple} */
  const voxel = [0, 0, 0];
  voxel[axis] = slice;
  voxel[across] = size[across] - 1 - x;
  voxel[down] = size[down] - 1 - y;
  return voxel;
}

/**
 * The exact undo of `toVoxel`: picture column, row and slice.
 * @param {Plane} plane
 * @param {Triple} size
 * @param {Triple} voxel
 * @returns {Triple}
 */
export function toPicture(plane, size, voxel) {
  const { axis, across, down } = LAYOUTS[plane];
  return [size[across] - 1 - voxel[across], size[down] - 1 - voxel[down], voxel[axis]];
}

/**
 * A slice of a volume as its picture, row by row from the top.
 * @template {Uint8Array | Int16Array} Volume
 * @param {Volume} volume
 * @param {Triple} size
 * @param {Plane} plane
 * @param {number} slice
 * @returns {Volume}
 */
export function pictureFrom(volume, size, plane, slice) {
  const { axis, across, down } = LAYOUTS[plane];
  const step = steps(size);
  const [width, height] = [size[across], size[down]];
  const picture = /** @type {Volume} */ (volume.slice(0, width * height));
  const first = slice * step[axis] + (width - 1) * step[across] + (height - 1) * step[down];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      picture[y * width + x] = volume[first - x * step[across] - y * step[down]];
    }
  }
  return picture;
}
