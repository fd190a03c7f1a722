/** What a round brush covers between two positions of the pointer. */

import { inPlane } from "../grid/grid.js";
import { Indices } from "../grid/indices.js";
import { frameOf } from "../grid/slices.js";

/** @typedef {import("../grid/grid.js").Axis} Axis */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("../grid/slices.js").Frame} Frame */
/** @typedef {[number, number]} Pair One figure for each axis of a slice (u, v). */

/**
 * A piece of a stroke. Positions are voxel coordinates with whole numbers at the centres; the
 * slice is that of `from`.
 * @typedef {object} Stroke
 * @property {Axis} axis Axis across the slices that are shown.
 * @property {Triple} from
 * @property {Triple} to
 * @property {number} radiusMm
 * @property {number} [around] Slices on both sides that are painted as well; 0 when left out.
 */

/**
 * Indices of the voxels whose centres lie within the radius of the segment, and of those that the
 * segment passes, so that a brush smaller than a voxel leaves a line without gaps.
 * @param {Triple} size
 * @param {Triple} spacing In mm.
 * @param {Stroke} stroke
 */
export function covered(size, spacing, { axis, from, to, radiusMm, around = 0 }) {
  const found = new Indices();
  const middle = Math.round(from[axis]);
  const [u, v] = inPlane(axis);
  const first = Math.max(0, middle - around);
  const last = Math.min(size[axis] - 1, middle + around);
  for (let slice = first; slice <= last; slice++) {
    const frame = frameOf(size, axis, slice);
    line(found, frame, [from[u], from[v]], [to[u], to[v]]);
    capsule(found, frame, [spacing[u], spacing[v]], [from[u], from[v]], [to[u], to[v]], radiusMm);
  }
  return found.view();
}

/**
 * @param {Indices} found
 * @param {Frame} frame
 * @param {Pair} from
 * @param {Pair} to
 */
function line(found, frame, from, to) {
  const count = Math.ceil(Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]), 1));
  for (let step = 0; step <= count; step++) {
    const u = Math.round(from[0] + ((to[0] - from[0]) * step) / count);
    const v = Math.round(from[1] + ((to[1] - from[1]) * step) / count);
    if (u >= 0 && v >= 0 && u < frame.width && v < frame.height) push(found, frame, u, v);
  }
}

/**
 * @param {Indices} found
 * @param {Frame} frame
 * @param {Pair} spacing
 * @param {Pair} from
 * @param {Pair} to
 * @param {number} radius
 */
function capsule(found, frame, spacing, from, to, radius) {
  const [firstU, lastU] = reach(from[0], to[0], radius / spacing[0], frame.width);
  const [firstV, lastV] = reach(from[1], to[1], radius / spacing[1], frame.height);
  const distance2 = fromSegment(spacing, from, to);
  for (let v = firstV; v <= lastV; v++) {
    for (let u = firstU; u <= lastU; u++) {
      if (distance2(u, v) <= radius * radius) push(found, frame, u, v);
    }
  }
}

/**
 * Square of the distance in mm between a pixel's centre and the segment.
 * @param {Pair} spacing
 * @param {Pair} from
 * @param {Pair} to
 * @returns {(u: number, v: number) => number}
 */
function fromSegment(spacing, from, to) {
  const alongU = (to[0] - from[0]) * spacing[0];
  const alongV = (to[1] - from[1]) * spacing[1];
  const length2 = alongU * alongU + alongV * alongV;
  return (u, v) => {
    const du = (u - from[0]) * spacing[0];
    const dv = (v - from[1]) * spacing[1];
    const nearest = length2 > 0 ? (du * alongU + dv * alongV) / length2 : 0;
    const part = Math.min(1, Math.max(0, nearest));
    return (du - part * alongU) ** 2 + (dv - part * alongV) ** 2;
  };
}

/**
 * First and last pixel along one axis that the brush can cover.
 * @param {number} from
 * @param {number} to
 * @param {number} radius In pixels.
 * @param {number} count
 * @returns {Pair}
 */
function reach(from, to, radius, count) {
  const first = Math.ceil(Math.min(from, to) - radius);
  const last = Math.floor(Math.max(from, to) + radius);
  return [Math.max(0, first), Math.min(count - 1, last)];
}

/**
 * @param {Indices} found
 * @param {Frame} frame
 * @param {number} u
 * @param {number} v
 */
function push(found, frame, u, v) {
  found.push(frame.start + u * frame.stepU + v * frame.stepV);
}
