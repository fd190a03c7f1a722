/** Convex hull of points in a plane. */

/** @typedef {[number, number]} Point Row and column. */

/**
 * Corners of the convex hull, in turn. Andrew's monotone chain, as in `findings/diameters.py`.
 * @param {Point[]} points Sorted by row, then by column, each once.
 */
export function convexHull(points) {
  return [...chainOf(points), ...chainOf(points.slice().reverse())];
}

/** @param {Point[]} points */
function chainOf(points) {
  /** @type {Point[]} */
  const chain = [];
  for (const point of points) {
    while (chain.length > 1 && turn(chain[chain.length - 2], chain[chain.length - 1], point) <= 0) {
      chain.pop();
    }
    chain.push(point);
  }
  return chain.slice(0, -1);
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {Point} c
 */
function turn(a, b, c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
