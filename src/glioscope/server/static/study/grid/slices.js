/** One slice of a volume, along any of its axes: where its pixels lie in the array. */

import { inPlane, steps } from "./grid.js";

/** @typedef {import("./grid.js").Axis} Axis */
/** @typedef {import("./grid.js").Triple} Triple */

/**
 * Pixel (u, v) of a slice is voxel `start + u * stepU + v * stepV`.
 * @typedef {{width: number, height: number, start: number, stepU: number, stepV: number}} Frame
 */

/**
 * Where a slice lies; u and v run along its two axes as they do in the volume.
 * @param {Triple} size
 * @param {Axis} axis
 * @param {number} slice
 * @returns {Frame}
 */
export function frameOf(size, axis, slice) {
  if (!Number.isInteger(slice) || slice < 0 || slice >= size[axis]) {
    throw new RangeError(`slice ${slice} of ${size[axis]} along axis ${axis}`);
  }
  const [u, v] = inPlane(axis);
  const step = steps(size);
  const start = slice * step[axis];
  return { width: size[u], height: size[v], start, stepU: step[u], stepV: step[v] };
}

/**
 * Indices of the voxels of a slice for which `wanted` holds, row by row.
 * @param {Frame} frame
 * @param {(index: number) => boolean} wanted
 */
export function sliceIndices(frame, wanted) {
  const found = new Int32Array(frame.width * frame.height);
  let count = 0;
  for (let v = 0; v < frame.height; v++) {
    let index = frame.start + v * frame.stepV;
    for (let u = 0; u < frame.width; u++, index += frame.stepU) {
      if (wanted(index)) found[count++] = index;
    }
  }
  return found.subarray(0, count);
}
