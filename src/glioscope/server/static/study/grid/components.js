/** Joined voxels: lesions too small to keep, and the region around a pixel. */

import { steps } from "./grid.js";
import { Indices } from "./indices.js";

/** @typedef {import("./grid.js").Triple} Triple */

/**
 * Wipes lesions (joined by sides, edges or corners) that have fewer than `least` voxels on their
 * largest axial slice: `drop_small` of `model/postprocess.py`.
 * @param {Uint8Array} mask 1 inside; changed in place.
 * @param {Triple} size
 * @param {number} least
 */
export function dropSmall(mask, size, least) {
  const seen = new Uint8Array(mask.length);
  for (let index = mask.indexOf(1); index >= 0; index = mask.indexOf(1, index + 1)) {
    if (seen[index]) continue;
    const lesion = joinedTo(index, size, seen, (at) => mask[at] === 1);
    if (widest(lesion, size) < Math.max(least, 1)) {
      for (const at of lesion) mask[at] = 0;
    }
  }
}

/**
 * Keeps the lesions that hold a seed.
 * @param {Uint8Array} mask 1 inside, 2 at seeds; becomes 1 where it stays.
 * @param {Triple} size
 */
export function keepSeeded(mask, size) {
  const seen = new Uint8Array(mask.length);
  for (let index = mask.indexOf(2); index >= 0; index = mask.indexOf(2, index + 1)) {
    if (!seen[index]) joinedTo(index, size, seen, (at) => mask[at] > 0);
  }
  mask.set(seen);
}

/**
 * Voxels joined to one, by corners too; they are marked in `seen`.
 * @param {number} start
 * @param {Triple} size One slice is a volume of one.
 * @param {Uint8Array} seen
 * @param {(index: number) => boolean} inside
 */
export function joinedTo(start, size, seen, inside) {
  const found = new Indices();
  const [, row, slice] = steps(size);
  seen[start] = 1;
  found.push(start);
  for (let place = 0; place < found.length; place++) {
    const index = found.at(place);
    const i = index % row;
    const j = Math.trunc(index / row) % size[1];
    const k = Math.trunc(index / slice);
    for (let z = Math.max(0, k - 1); z <= Math.min(size[2] - 1, k + 1); z++) {
      for (let y = Math.max(0, j - 1); y <= Math.min(size[1] - 1, j + 1); y++) {
        visitRow(z * slice + y * row, i, row);
      }
    }
  }
  return found.view();

  /**
   * @param {number} first
   * @param {number} i
   * @param {number} width
   */
  function visitRow(first, i, width) {
    for (let x = Math.max(0, i - 1); x <= Math.min(width - 1, i + 1); x++) {
      const at = first + x;
      if (seen[at] || !inside(at)) continue;
      seen[at] = 1;
      found.push(at);
    }
  }
}

/**
 * @param {Int32Array} lesion
 * @param {Triple} size
 */
function widest(lesion, size) {
  const slice = size[0] * size[1];
  /** @type {Map<number, number>} */
  const areas = new Map();
  for (const index of lesion) {
    const k = Math.trunc(index / slice);
    areas.set(k, (areas.get(k) ?? 0) + 1);
  }
  return Math.max(...areas.values());
}
