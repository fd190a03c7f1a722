/** What a prior examination shows beside the current one, so that both show the same. */

import { screenAt, tiles } from "../view/layout.js";
import { within } from "./positions.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("../view/layout.js").Tile} Tile */
/** @typedef {import("../view/windows.js").Window} Window */

/**
 * The window that shows the prior as the current one is shown: grey levels of MRI have no common
 * scale, so that it is the same share of the usual window.
 * @param {Window} shown
 * @param {Window} usual Of the current examination.
 * @param {Window} other Of the prior one.
 * @returns {Window}
 */
export function sameWindow(shown, usual, other) {
  const scale = (other.high - other.low) / Math.max(usual.high - usual.low, 1e-6);
  const moved = (/** @type {number} */ level) => other.low + (level - usual.low) * scale;
  return { low: moved(shown.low), high: moved(shown.high) };
}

/**
 * Sets the prior's desk to the same place, planes, millimetres and window.
 * @param {Desk} desk
 * @param {Desk} prior
 * @param {(voxel: Triple) => Triple} match From voxels of the current examination to the prior's.
 * @param {Tile} current Where the current examination's slice lies.
 * @param {{width: number, height: number}} place Of the prior, in CSS pixels.
 */
export function follow(desk, prior, match, current, { width, height }) {
  prior.channel = prior.channels.includes(desk.channel) ? desk.channel : "flair";
  const usual = desk.usual[desk.channel];
  const window = sameWindow(desk.window, usual, prior.usual[prior.channel]);
  prior.windows = { ...prior.windows, [prior.channel]: window };
  prior.three = desk.three;
  prior.outline = desk.outline;
  prior.fill = desk.fill;
  prior.at = within(match(desk.at), prior.size);
  const whole = tiles({ ...looks(prior), zoom: 1, pan: [0, 0] }, width, height)[0];
  prior.zoom = current.zoom / whole.zoom;
  const [there] = tiles({ ...looks(prior), zoom: prior.zoom, pan: [0, 0] }, width, height);
  prior.pan = shift(desk.size, current, prior.size, there, match);
}

/** @param {Desk} desk */
function looks({ size, spacing, at, three }) {
  return { size, spacing, at, three };
}

/**
 * How far the prior's picture must be moved for the middle of the current one to lie alike.
 * @param {Triple} size
 * @param {Tile} current
 * @param {Triple} otherSize
 * @param {Tile} other
 * @param {(voxel: Triple) => Triple} match
 * @returns {[number, number]}
 */
function shift(size, current, otherSize, other, match) {
  const middle = /** @type {Triple} */ (size.map((count) => (count - 1) / 2));
  const [x, y] = fromCentre(current, screenAt(current, size, middle));
  const [otherX, otherY] = fromCentre(other, screenAt(other, otherSize, match(middle)));
  return [x - otherX, y - otherY];
}

/**
 * @param {Tile} tile
 * @param {[number, number]} point
 * @returns {[number, number]}
 */
function fromCentre({ area }, [x, y]) {
  return [x - area.x - area.width / 2, y - area.y - area.height / 2];
}
