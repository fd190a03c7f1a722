/** What several tests need: shapes with known answers, and chance that can be repeated. */

import { inPlane } from "../../../../src/glioscope/server/static/study/grid/grid.js";
import { frameOf } from "../../../../src/glioscope/server/static/study/grid/slices.js";
import { sliceCounts } from "../../../../src/glioscope/server/static/study/measure/measures.js";

/** Numbers in [0, 1) from a seed (mulberry32). */
export function chance(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Writes a disc on a slice straight into a mask, with its radius in voxels. */
export function disc(mask, axis, slice, [u, v], radius, label = 1) {
  const frame = frameOf(mask.size, axis, slice);
  for (let b = 0; b < frame.height; b++) {
    for (let a = 0; a < frame.width; a++) {
      const inside = (a - u) ** 2 + (b - v) ** 2 <= radius ** 2;
      if (inside) mask.data[frame.start + a * frame.stepU + b * frame.stepV] = label;
    }
  }
}

/** The values of a slice, row by row, as text with a dot for nothing. */
export function drawing(mask, axis, slice) {
  const frame = frameOf(mask.size, axis, slice);
  const rows = Array.from({ length: frame.height }, (_, v) =>
    Array.from({ length: frame.width }, (__, u) => {
      return mask.data[frame.start + u * frame.stepU + v * frame.stepV] || ".";
    }).join(""),
  );
  return rows.join("\n");
}

/** Number of voxels that hold a label. */
export function count(mask, label = 1) {
  return mask.data.filter((value) => value === label).length;
}

/** Area of a label, or of all, on each slice along an axis, in mm². */
export function areas(mask, axis, label) {
  const [u, v] = inPlane(axis);
  const counts = sliceCounts(mask.data, mask.size, axis, label);
  return counts.map((voxels) => voxels * mask.spacing[u] * mask.spacing[v]);
}

/** Whether two masks have the same labels on the same number of voxels. */
export function alike(one, other) {
  const same = one.size.every((length, axis) => length === other.size[axis]);
  return same && one.data.every((value, index) => value === other.data[index]);
}
