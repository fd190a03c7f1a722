/**
 * Exact distances within a flat region and around it.
 *
 * Source: Felzenszwalb and Huttenlocher, Distance transforms of sampled functions, Theory of
 * Computing 2012: the lower envelope of parabolas, one along each row.
 */

/**
 * Distance in mm from each pixel to the region, less that to what is not the region: negative
 * inside, positive outside. Beyond the picture nothing is.
 * @param {Uint8Array} inside Row by row, 1 in the region; both values must occur.
 * @param {number} width
 * @param {[number, number]} spacing In mm, across and down.
 */
export function signedDistances(inside, width, spacing) {
  const outside = inside.map((value) => 1 - value);
  const toRegion = squaredDistances(inside, width, spacing);
  const toOutside = squaredDistances(outside, width, spacing);
  return toRegion.map((value, pixel) => Math.sqrt(value) - Math.sqrt(toOutside[pixel]));
}

/**
 * Square of the distance from each pixel to the nearest that is marked; infinite when none is.
 * @param {Uint8Array} marked
 * @param {number} width
 * @param {[number, number]} spacing
 */
export function squaredDistances(marked, width, spacing) {
  const found = downColumns(marked, width, spacing[1]);
  for (let row = 0; row < found.length; row += width) {
    alongRow(found.subarray(row, row + width), spacing[0]);
  }
  return found;
}

/**
 * @param {Uint8Array} marked
 * @param {number} width
 * @param {number} step
 */
function downColumns(marked, width, step) {
  const found = Float64Array.from(marked, (value) => (value ? 0 : Infinity));
  for (let at = width; at < found.length; at++) {
    found[at] = Math.min(found[at], found[at - width] + 1);
  }
  for (let at = found.length - width - 1; at >= 0; at--) {
    found[at] = Math.min(found[at], found[at + width] + 1);
  }
  return found.map((value) => (value * step) ** 2);
}

/**
 * @param {Float64Array} row Squares of distances within columns; becomes those in the plane.
 * @param {number} step
 */
function alongRow(row, step) {
  const heights = row.slice();
  const lowest = envelope(heights, step);
  let next = 0;
  for (let at = 0; at < row.length && lowest.length > 0; at++) {
    while (next + 1 < lowest.length && lowest[next + 1].from < at) next++;
    row[at] = ((at - lowest[next].at) * step) ** 2 + heights[lowest[next].at];
  }
}

/**
 * Which parabola is the lowest, and from where on.
 * @param {Float64Array} heights
 * @param {number} step
 */
function envelope(heights, step) {
  /** @type {{at: number, from: number}[]} */
  const lowest = [];
  for (let at = 0; at < heights.length; at++) {
    if (heights[at] === Infinity) continue;
    let from = crossing(heights, lowest.at(-1), at, step);
    while (lowest.length > 0 && from <= lowest[lowest.length - 1].from) {
      lowest.pop();
      from = crossing(heights, lowest.at(-1), at, step);
    }
    lowest.push({ at, from });
  }
  return lowest;
}

/**
 * Where the parabola at `at` goes below the last one.
 * @param {Float64Array} heights
 * @param {{at: number} | undefined} last
 * @param {number} at
 * @param {number} step
 */
function crossing(heights, last, at, step) {
  if (!last) return -Infinity;
  const rise = (heights[at] - heights[last.at]) / (step * step);
  return (rise + at * at - last.at * last.at) / (2 * (at - last.at));
}
