/** Windows: which grey levels are black and which are white. */

/** @typedef {{low: number, high: number}} Window In grey levels of the file. */

/**
 * Presets by key, as shares of the usual window of the sequence.
 * @type {{code: string, low: number, high: number}[]}
 */
export const PRESETS = [
  { code: "page.study.window.usual", low: 0, high: 1 },
  { code: "page.study.window.contrast", low: 0.25, high: 0.85 },
  { code: "page.study.window.wide", low: 0, high: 1.6 },
  { code: "page.study.window.bright", low: 0.45, high: 1.15 },
  { code: "page.study.window.dark", low: 0, high: 0.55 },
];

/**
 * @param {number} number 1 to 5.
 * @param {Window} usual
 * @returns {Window}
 */
export function preset(number, usual) {
  const { low, high } = PRESETS[number - 1];
  const width = usual.high - usual.low;
  return { low: usual.low + low * width, high: usual.low + high * width };
}

/**
 * A window after a drag: to the right it grows wider, upwards its level falls and the picture
 * becomes brighter. A whole window takes 400 pixels.
 * @param {Window} from
 * @param {Window} usual
 * @param {number} right In pixels.
 * @param {number} down
 * @returns {Window}
 */
export function dragged(from, usual, right, down) {
  const step = (usual.high - usual.low) / 400;
  const width = Math.max(step, from.high - from.low + right * step);
  const level = (from.low + from.high) / 2 + down * step;
  return { low: level - width / 2, high: level + width / 2 };
}
