/** Where a look at a study begins. */

import { voxelOf } from "../grid/grid.js";
import { frameOf, sliceIndices } from "../grid/slices.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../grid/grid.js").Triple} Triple */

/**
 * The largest slice of the largest finding, else the most probable slice, amid those that are
 * equally so; the middle where nothing is said.
 * @param {any} analysis
 * @returns {number}
 */
export function firstSlice({ findings, slices }) {
  if (findings.length > 0) return findings[0].diameter_slice;
  const shares = slices.map((/** @type {any} */ one) => one.probability ?? 0);
  const most = Math.max(...shares);
  const best = shares.flatMap((/** @type {number} */ share, /** @type {number} */ index) =>
    share === most ? [index] : [],
  );
  return best[Math.floor(best.length / 2)];
}

/**
 * The middle of the outline on the slice that is shown, for the three planes to meet in.
 * @param {Desk} desk
 * @param {Uint8Array} labels
 * @returns {Triple}
 */
export function centred({ at, size }, labels) {
  const inside = sliceIndices(frameOf(size, 2, at[2]), (index) => labels[index] > 0);
  if (inside.length === 0) return at;
  const mean = (/** @type {0 | 1} */ axis) =>
    inside.reduce((sum, index) => sum + voxelOf(size, index)[axis], 0) / inside.length;
  return [Math.round(mean(0)), Math.round(mean(1)), at[2]];
}
