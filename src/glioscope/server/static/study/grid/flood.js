/** Voxels that can be reached from others through faces, within a slice or through the volume. */

import { steps, voxelOf, voxels } from "./grid.js";
import { Indices } from "./indices.js";

/** @typedef {import("./grid.js").Axis} Axis */
/** @typedef {import("./grid.js").Triple} Triple */

/**
 * Indices of the seeds and of all voxels reached from them along `axes` through `open` ones.
 * @param {Triple} size
 * @param {Iterable<number>} seeds
 * @param {Axis[]} axes
 * @param {(index: number) => boolean} open
 */
export function flood(size, seeds, axes, open) {
  const step = steps(size);
  const seen = new Uint8Array(voxels(size));
  const reached = new Indices();
  const enter = (/** @type {number} */ index) => {
    seen[index] = 1;
    reached.push(index);
  };
  const pass = (/** @type {number} */ index) => {
    if (!seen[index] && open(index)) enter(index);
  };
  for (const seed of seeds) if (!seen[seed]) enter(seed);
  for (let next = 0; next < reached.length; next++) {
    const index = reached.at(next);
    const voxel = voxelOf(size, index);
    for (const axis of axes) {
      if (voxel[axis] > 0) pass(index - step[axis]);
      if (voxel[axis] < size[axis] - 1) pass(index + step[axis]);
    }
  }
  return reached.view();
}
