/** Filling within one slice: what a closed contour holds. */

import { flood } from "../grid/flood.js";
import { inPlane, voxels } from "../grid/grid.js";
import { frameOf, sliceIndices } from "../grid/slices.js";

/** @typedef {import("../grid/grid.js").Axis} Axis */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("../grid/slices.js").Frame} Frame */

/**
 * Empty voxels that contours of a label shut off from the edge of the slice. A contour may touch
 * itself by corners only, so the outside is joined by sides.
 * @param {Uint8Array} data
 * @param {Triple} size
 * @param {Axis} axis
 * @param {number} slice
 * @param {number} label
 */
export function holes(data, size, axis, slice, label) {
  const frame = frameOf(size, axis, slice);
  const other = (/** @type {number} */ index) => data[index] !== label;
  const outside = new Uint8Array(voxels(size));
  for (const index of flood(size, border(frame).filter(other), inPlane(axis), other)) {
    outside[index] = 1;
  }
  return sliceIndices(frame, (index) => data[index] === 0 && !outside[index]);
}

/** @param {Frame} frame */
function border({ width, height, start, stepU, stepV }) {
  const found = [];
  for (let u = 0; u < width; u++) {
    found.push(start + u * stepU, start + u * stepU + (height - 1) * stepV);
  }
  for (let v = 0; v < height; v++) {
    found.push(start + v * stepV, start + v * stepV + (width - 1) * stepU);
  }
  return found;
}
