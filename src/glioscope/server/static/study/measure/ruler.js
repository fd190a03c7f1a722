/** Lengths between two points of a slice. */

/** @typedef {import("../grid/grid.js").Triple} Triple */

/**
 * In mm; in pixels where the spacing is not known.
 * @param {Triple} from Voxel coordinates.
 * @param {Triple} to
 * @param {Triple} spacing In mm.
 * @param {boolean} nominal Whether the spacing is not known.
 */
export function lengthOf(from, to, spacing, nominal) {
  return Math.hypot(...from.map((at, axis) => (to[axis] - at) * (nominal ? 1 : spacing[axis])));
}
