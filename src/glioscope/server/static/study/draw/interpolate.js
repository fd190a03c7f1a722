/**
 * Slices between drawn ones, from the shapes on both sides.
 *
 * Source: Raya and Udupa, Shape-based interpolation of multidimensional objects, IEEE Trans Med
 * Imaging 1990: signed distance maps of the two nearest drawn slices, blended linearly.
 */

import { signedDistances } from "./distance.js";
import { boxAround, inPlane, join } from "../grid/grid.js";
import { frameOf, sliceIndices } from "../grid/slices.js";

/** @typedef {import("../grid/grid.js").Axis} Axis */
/** @typedef {import("../grid/grid.js").Box} Box */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("../grid/slices.js").Frame} Frame */
/** @typedef {{slice: number, shape: Int32Array}} Drawn A slice and the voxels of its shape. */
/** @typedef {{slice: number, distances: Float64Array}} Mapped */

/**
 * Part of the slices around all shapes and one pixel wider on every side, so that there is always
 * something outside; it may reach beyond the volume.
 * @typedef {{u: number, v: number, width: number, height: number}} Window
 */

/**
 * Shapes for all slices between neighbouring drawn ones. A shape is empty where two that do not
 * overlap vanish into each other.
 * @param {Uint8Array} data
 * @param {Triple} size
 * @param {Triple} spacing In mm.
 * @param {Axis} axis
 * @param {number} label
 * @param {number[]} drawn Slices to keep; those without the label count as not drawn.
 * @returns {Drawn[]}
 */
export function between(data, size, spacing, axis, label, drawn) {
  const shapes = drawn
    .map((slice) => ({ slice, shape: shapeOn(data, frameOf(size, axis, slice), label) }))
    .filter(({ shape }) => shape.length > 0)
    .sort((one, other) => one.slice - other.slice);
  const window = windowAround(shapes, size, axis);
  const maps = shapes.map(({ slice, shape }) => {
    const inside = cut(shape, frameOf(size, axis, slice), window);
    return { slice, distances: signedDistances(inside, window.width, flat(spacing, axis)) };
  });
  return maps.slice(1).flatMap((high, place) =>
    gap(maps[place], high).map((slice) => ({
      slice,
      shape: blended(frameOf(size, axis, slice), window, maps[place], high, slice),
    })),
  );
}

/**
 * @param {Uint8Array} data
 * @param {Frame} frame
 * @param {number} label
 */
function shapeOn(data, frame, label) {
  return sliceIndices(frame, (index) => data[index] === label);
}

/**
 * @param {Triple} spacing
 * @param {Axis} axis
 * @returns {[number, number]}
 */
function flat(spacing, axis) {
  const [u, v] = inPlane(axis);
  return [spacing[u], spacing[v]];
}

/**
 * Numbers of the slices between two.
 * @param {Mapped} low
 * @param {Mapped} high
 */
function gap(low, high) {
  return Array.from({ length: high.slice - low.slice - 1 }, (_, place) => low.slice + 1 + place);
}

/**
 * @param {Frame} frame
 * @param {Window} window
 * @param {Mapped} low
 * @param {Mapped} high
 * @param {number} slice
 */
function blended(frame, window, low, high, slice) {
  const toLow = slice - low.slice;
  const toHigh = high.slice - slice;
  const found = [];
  for (let pixel = 0; pixel < low.distances.length; pixel++) {
    if (toHigh * low.distances[pixel] + toLow * high.distances[pixel] > 0) continue;
    const u = window.u + (pixel % window.width);
    const v = window.v + Math.trunc(pixel / window.width);
    found.push(frame.start + u * frame.stepU + v * frame.stepV);
  }
  return Int32Array.from(found);
}

/**
 * @param {Drawn[]} shapes
 * @param {Triple} size
 * @param {Axis} axis
 * @returns {Window}
 */
function windowAround(shapes, size, axis) {
  const box = shapes.reduce(
    (all, { shape }) => join(all, boxAround(size, shape)),
    /** @type {Box | null} */ (null),
  );
  if (!box) return { u: 0, v: 0, width: 0, height: 0 };
  const [u, v] = inPlane(axis);
  const width = box.hi[u] - box.lo[u] + 3;
  const height = box.hi[v] - box.lo[v] + 3;
  return { u: box.lo[u] - 1, v: box.lo[v] - 1, width, height };
}

/**
 * The shape within the window, row by row.
 * @param {Int32Array} shape
 * @param {Frame} frame
 * @param {Window} window
 */
function cut(shape, frame, window) {
  const inside = new Uint8Array(window.width * window.height);
  for (const index of shape) {
    const place = index - frame.start;
    const u = Math.trunc((place % frame.stepV) / frame.stepU);
    const v = Math.trunc(place / frame.stepV);
    inside[(v - window.v) * window.width + u - window.u] = 1;
  }
  return inside;
}
