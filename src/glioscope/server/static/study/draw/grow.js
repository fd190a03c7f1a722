/** Region growing: voxels joined to a seed that are about as bright. */

import { flood } from "../grid/flood.js";
import { inPlane, indexAt, steps, voxelOf } from "../grid/grid.js";

/** @typedef {import("../grid/grid.js").Axis} Axis */
/** @typedef {import("../grid/grid.js").Triple} Triple */

/**
 * @typedef {object} Growth
 * @property {Triple} seed Voxel coordinates.
 * @property {number} tolerance How far a voxel may be from the seed's mean, in intensities.
 * @property {number} radiusMm How far a voxel may be from the seed.
 * @property {Axis | null} axis Axis across the slice that is grown in; null for the volume.
 */

/**
 * Indices of the seed and of the `free` voxels that grow from it; none for a seed that is outside
 * the volume or not free. The seed's mean is that of its 3 × 3 (× 3) neighbourhood, so that noise
 * in one voxel decides little.
 * @param {Uint8Array | Int16Array} intensities
 * @param {Triple} size
 * @param {Triple} spacing In mm.
 * @param {Growth} growth
 * @param {(index: number) => boolean} free
 */
export function grown(intensities, size, spacing, { seed, tolerance, radiusMm, axis }, free) {
  const start = indexAt(size, seed);
  if (start < 0 || !free(start)) return new Int32Array(0);
  const axes = axis === null ? /** @type {Axis[]} */ ([0, 1, 2]) : inPlane(axis);
  const mean = meanAround(intensities, size, start, axes);
  const near = within(size, spacing, start, radiusMm);
  return flood(size, [start], axes, (index) => {
    return Math.abs(intensities[index] - mean) <= tolerance && near(index) && free(index);
  });
}

/**
 * @param {Uint8Array | Int16Array} intensities
 * @param {Triple} size
 * @param {number} start
 * @param {Axis[]} axes
 */
function meanAround(intensities, size, start, axes) {
  const voxel = voxelOf(size, start);
  const step = steps(size);
  let around = [start];
  for (const axis of axes) {
    const inside = (/** @type {number} */ at) => at >= 0 && at < size[axis];
    const shifts = [-1, 0, 1].filter((by) => inside(voxel[axis] + by));
    around = around.flatMap((index) => shifts.map((by) => index + by * step[axis]));
  }
  return around.reduce((sum, index) => sum + intensities[index], 0) / around.length;
}

/**
 * @param {Triple} size
 * @param {Triple} spacing
 * @param {number} start
 * @param {number} radius
 * @returns {(index: number) => boolean}
 */
function within(size, spacing, start, radius) {
  const centre = voxelOf(size, start);
  return (index) => {
    const voxel = voxelOf(size, index);
    const apart = voxel.map((at, axis) => (at - centre[axis]) * spacing[axis]);
    return Math.hypot(...apart) <= radius;
  };
}
