/** From figures to places in a chart. */

/** @typedef {import("./shapes.js").Chart} Chart */

const STEPS = [1, 2, 5, 10];

/**
 * The range that a chart shows, with its round ends. Shares begin at nothing and end with all.
 * @param {Chart} chart
 * @returns {{ low: number, high: number, step: number }}
 */
export function rangeOf(chart) {
  const shown = chart.points.flatMap((p) => [p.value, p.limit_low, p.limit_high]);
  const known = shown.filter((value) => value !== null);
  const share = chart.kind === "share";
  const lowest = share ? 0 : Math.min(...known);
  const highest = known.length > 0 ? Math.max(...known) : 1;
  const low = Number.isFinite(lowest) ? lowest : 0;
  const step = roundStep(Math.max(highest - low, share ? 0.1 : Math.abs(highest) / 50 || 1) / 3);
  const top = Math.ceil(highest / step - 1e-9) * step;
  const bottom = Math.floor(low / step + 1e-9) * step;
  const high = Math.max(top, bottom + step);
  return { low: bottom, high: share ? Math.min(1, high) : high, step };
}

/**
 * The least of 1, 2, 5, 10, 20, … that is not below.
 * @param {number} least Above 0.
 */
export function roundStep(least) {
  const unit = 10 ** Math.floor(Math.log10(least));
  return unit * (STEPS.find((step) => step * unit >= least * (1 - 1e-9)) ?? 10);
}

/**
 * Round figures from the lowest to the highest.
 * @param {{ low: number, high: number, step: number }} range
 */
export function ticks({ low, high, step }) {
  const count = Math.round((high - low) / step);
  return Array.from({ length: count + 1 }, (_, at) => low + at * step);
}

/**
 * Where a figure stands between two ends, cut off at them.
 * @param {number} value
 * @param {number} low
 * @param {number} high
 * @param {number} start Where `low` stands.
 * @param {number} end
 */
export function place(value, low, high, start, end) {
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return start + share * (end - start);
}
