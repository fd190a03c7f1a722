/**
 * Two diameters of a flat region, as a radiologist draws them: `findings/diameters.py` in the page.
 *
 * Lengths run between the outer corners of pixels, not between their centres; holes and bays do
 * not shorten them.
 *
 * Source: RANO 2.0 (Wen et al., J Clin Oncol 2023): the longest diameter in the axial plane and the
 * longest diameter perpendicular to it.
 */

import { convexHull } from "./hull.js";

/** @typedef {import("./hull.js").Point} Point */
/** @typedef {[number, number]} Pair */

// Lengths that differ by less are equal; far below a pixel and far above rounding.
const SAME = 1e-9;

/**
 * Longest diameter and the longest one perpendicular to it; [0, 0] for an empty region. Among
 * several longest diameters the one with the longest perpendicular counts, so that mirroring
 * changes nothing.
 * @param {Uint8Array} region Row by row, 1 inside.
 * @param {number} width
 * @param {Pair} pixel Height and width of a pixel; the result is in its unit.
 * @returns {Pair}
 */
export function diameters(region, width, pixel) {
  const { hull, longest, ends } = longestOf(region, width, pixel);
  const lengths = ends.map(({ a, b }) => perpendicular(hull, a, b).length);
  return [longest, Math.max(0, ...lengths)];
}

/**
 * Both ends of these diameters, rows and columns from the outer corner in the unit of `pixel`; none
 * for an empty region.
 * @param {Uint8Array} region
 * @param {number} width
 * @param {Pair} pixel
 * @returns {[Point, Point][]}
 */
export function diameterEnds(region, width, pixel) {
  const { hull, ends } = longestOf(region, width, pixel);
  if (hull.length === 0) return [];
  const pairs = ends.map(({ a, b }) => ({ a, b, across: perpendicular(hull, a, b) }));
  const best = pairs.reduce((most, one) => (one.across.length > most.across.length ? one : most));
  return [[best.a, best.b], [best.across.from, best.across.to]];
}

/**
 * The hull of a region, and the pairs of its corners that are farthest apart.
 * @param {Uint8Array} region
 * @param {number} width
 * @param {Pair} pixel
 */
function longestOf(region, width, pixel) {
  const points = corners(region, width);
  const hull = convexHull(points.map(([row, column]) => [row * pixel[0], column * pixel[1]]));
  const pairs = hull.flatMap((a, place) =>
    hull.slice(place).map((b) => ({ a, b, length: distance(a, b) })),
  );
  const longest = pairs.reduce((most, { length }) => Math.max(most, length), 0);
  return { hull, longest, ends: pairs.filter(({ length }) => length >= longest - SAME) };
}

/**
 * Outer corners (row, column) of the first and last pixel of every row, sorted, each once.
 * @param {Uint8Array} region
 * @param {number} width
 * @returns {Point[]}
 */
function corners(region, width) {
  /** @type {Map<number, Set<number>>} */
  const sides = new Map();
  for (let row = 0; row * width < region.length; row++) {
    const line = region.subarray(row * width, (row + 1) * width);
    if (!line.includes(1)) continue;
    for (const edge of [row, row + 1]) {
      const at = sides.get(edge) ?? new Set();
      sides.set(edge, at.add(line.indexOf(1)).add(line.lastIndexOf(1) + 1));
    }
  }
  return [...sides].flatMap(([row, at]) =>
    [...at].sort((a, b) => a - b).map((column) => /** @type {Point} */ ([row, column])),
  );
}

/**
 * Longest chord of the hull at a right angle to the diameter from `a` to `b`. Its length along the
 * diameter is piecewise linear with its corners at those of the hull, so the longest chord passes
 * through one of them.
 * @param {Point[]} hull
 * @param {Point} a
 * @param {Point} b
 * @returns {{length: number, from: Point, to: Point}}
 */
function perpendicular(hull, a, b) {
  const along = [(b[0] - a[0]) / distance(a, b), (b[1] - a[1]) / distance(a, b)];
  const turned = hull.map((corner) => {
    const [row, column] = [corner[0] - a[0], corner[1] - a[1]];
    return { u: row * along[0] + column * along[1], v: column * along[0] - row * along[1] };
  });
  turned.sort((one, other) => one.u - other.u);
  const above = turned.filter(({ v }) => v > -SAME); // both hold the ends, where v is 0
  const below = turned.filter(({ v }) => v < SAME);
  const chords = turned.map(({ u }) => ({ u, high: heightAt(above, u), low: heightAt(below, u) }));
  const best = chords.reduce((most, one) =>
    one.high - one.low > most.high - most.low ? one : most,
  );
  const back = (/** @type {number} */ v) => /** @type {Point} */ (
    [a[0] + best.u * along[0] - v * along[1], a[1] + best.u * along[1] + v * along[0]]
  );
  return { length: best.high - best.low, from: back(best.high), to: back(best.low) };
}

/**
 * Height of a line through corners at a place along it.
 * @param {{u: number, v: number}[]} line Sorted along u.
 * @param {number} u
 */
function heightAt(line, u) {
  const next = line.findIndex((corner) => corner.u >= u);
  if (next < 0) return line[line.length - 1].v;
  if (next === 0 || line[next].u === u) return line[next].v;
  const [from, to] = [line[next - 1], line[next]];
  return from.v + ((to.v - from.v) / (to.u - from.u)) * (u - from.u);
}

/**
 * @param {Point} a
 * @param {Point} b
 */
function distance(a, b) {
  const [rows, columns] = [b[0] - a[0], b[1] - a[1]];
  return Math.sqrt(rows * rows + columns * columns);
}
