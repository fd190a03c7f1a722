/** Grids in RAS order: sizes, axes, indices, and boxes around what changed. */

/** @typedef {[number, number, number]} Triple One figure for each axis (i, j, k). */
/** @typedef {0 | 1 | 2} Axis Axis across the slices: 0 sagittal, 1 coronal, 2 axial. */
/** @typedef {{lo: Triple, hi: Triple}} Box First and last voxel along each axis, both inside. */

/**
 * Number of voxels.
 * @param {Triple} size
 */
export function voxels(size) {
  return size[0] * size[1] * size[2];
}

/**
 * How far apart neighbours along each axis lie in the array; the first axis runs fastest.
 * @param {Triple} size
 * @returns {Triple}
 */
export function steps(size) {
  return [1, size[0], size[0] * size[1]];
}

/**
 * The two axes within the slices across `axis`, the lower one first.
 * @param {Axis} axis
 * @returns {[Axis, Axis]}
 */
export function inPlane(axis) {
  if (axis === 0) return [1, 2];
  return axis === 1 ? [0, 2] : [0, 1];
}

/**
 * Index of the voxel that holds a point; -1 outside the grid.
 * @param {Triple} size
 * @param {Triple} point Voxel coordinates, with whole numbers at the centres.
 */
export function indexAt(size, point) {
  const [i, j, k] = point.map(Math.round);
  const inside = [i, j, k].every((at, axis) => at >= 0 && at < size[axis]);
  return inside ? i + size[0] * (j + size[1] * k) : -1;
}

/**
 * Voxel of an index.
 * @param {Triple} size
 * @param {number} index
 * @returns {Triple}
 */
export function voxelOf(size, index) {
  const row = Math.trunc(index / size[0]);
  return [index % size[0], row % size[1], Math.trunc(row / size[1])];
}

/**
 * The smallest box around voxels; null around none.
 * @param {Triple} size
 * @param {Int32Array} indices
 * @returns {Box | null}
 */
export function boxAround(size, indices) {
  if (indices.length === 0) return null;
  const box = { lo: voxelOf(size, indices[0]), hi: voxelOf(size, indices[0]) };
  for (const index of indices) {
    const row = Math.trunc(index / size[0]);
    stretch(box, 0, index % size[0]);
    stretch(box, 1, row % size[1]);
    stretch(box, 2, Math.trunc(row / size[1]));
  }
  return box;
}

/**
 * The smallest box around two, either of which may be null for nothing.
 * @param {Box | null} one
 * @param {Box | null} other
 * @returns {Box | null}
 */
export function join(one, other) {
  if (!one || !other) return one ?? other;
  const box = { lo: copy(one.lo), hi: copy(one.hi) };
  for (const axis of /** @type {Axis[]} */ ([0, 1, 2])) {
    stretch(box, axis, other.lo[axis]);
    stretch(box, axis, other.hi[axis]);
  }
  return box;
}

/**
 * @param {Triple} triple
 * @returns {Triple}
 */
function copy([i, j, k]) {
  return [i, j, k];
}

/**
 * @param {Box} box
 * @param {Axis} axis
 * @param {number} at
 */
function stretch(box, axis, at) {
  if (at < box.lo[axis]) box.lo[axis] = at;
  if (at > box.hi[axis]) box.hi[axis] = at;
}
