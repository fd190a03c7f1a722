/** Slices worth a look, and what marks each of them. */

/** @typedef {import("../view/overlay.js").Box} Box */

/**
 * @typedef {object} Mark What is said of one slice.
 * @property {number | null} probability Null where the model says nothing.
 * @property {boolean} called
 * @property {"miss" | "quality" | "differs" | null} sign
 */

/** @typedef {{index: number, reason_code: string, box_px: Box | null}} Miss */

/**
 * @param {(number | null)[]} probabilities
 * @param {boolean[]} called
 * @param {Miss[]} misses
 * @returns {Mark[]}
 */
export function marksOf(probabilities, called, misses) {
  return probabilities.map((probability, index) => {
    const here = misses.filter((miss) => miss.index === index);
    const poor = here.some(({ reason_code: code }) => code === "miss.quality");
    const sign = here.length === 0 ? null : poor ? "quality" : "miss";
    return { probability, called: called[index], sign };
  });
}

/**
 * Slices to stop at, rising: the largest slice of each finding and each possible miss.
 * @param {{diameter_slice: number}[]} findings
 * @param {Miss[]} misses
 */
export function stops(findings, misses) {
  const all = [...findings.map((one) => one.diameter_slice), ...misses.map((one) => one.index)];
  return [...new Set(all)].sort((a, b) => a - b);
}

/**
 * The next stop in a direction, round the end; null when there is none.
 * @param {number[]} all Rising.
 * @param {number} slice
 * @param {1 | -1} direction
 */
export function nextStop(all, slice, direction) {
  if (all.length === 0) return null;
  if (direction > 0) return all.find((stop) => stop > slice) ?? all[0];
  const before = all.filter((stop) => stop < slice);
  return before.length > 0 ? before[before.length - 1] : all[all.length - 1];
}
