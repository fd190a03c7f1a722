/** How large a mask is. */

import { steps } from "../grid/grid.js";

/** @typedef {import("../grid/grid.js").Axis} Axis */
/** @typedef {import("../grid/grid.js").Triple} Triple */

/**
 * Whether a value counts: that of the label, or any but 0 when none is named.
 * @param {number} [label]
 * @returns {(value: number) => boolean}
 */
function counts(label) {
  return label === undefined ? (value) => value > 0 : (value) => value === label;
}

/**
 * Number of voxels of a label, or of all labels.
 * @param {Uint8Array} data
 * @param {number} [label]
 */
export function voxelCount(data, label) {
  const wanted = counts(label);
  let count = 0;
  for (const value of data) if (wanted(value)) count++;
  return count;
}

/**
 * Number of voxels on each slice along an axis.
 * @param {Uint8Array} data
 * @param {Triple} size
 * @param {Axis} axis
 * @param {number} [label]
 */
export function sliceCounts(data, size, axis, label) {
  const wanted = counts(label);
  const step = steps(size)[axis];
  const found = new Array(size[axis]).fill(0);
  data.forEach((value, index) => {
    if (wanted(value)) found[Math.trunc(index / step) % size[axis]]++;
  });
  return found;
}
