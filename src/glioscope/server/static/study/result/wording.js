/** Figures of the analysis as short sentences. */

import { decimal, span, volume } from "../../format.js";
import { t } from "../../texts.js";

const NO_BREAK = "\u00a0";

/**
 * @typedef {object} Finding
 * @property {number} label
 * @property {number} voxels
 * @property {number | null} volume_ml
 * @property {number} first_slice
 * @property {number} last_slice
 * @property {number} diameter_slice
 * @property {number} diameter_px
 * @property {number | null} diameter_mm
 * @property {number} perpendicular_px
 * @property {number | null} perpendicular_mm
 * @property {"left" | "right" | "both" | null} side
 * @property {boolean} speck
 * @property {{volume: [number, number]} | null} intervals
 */

/**
 * A volume with its interval: `28.3 ml (20.5–38.5)`; in voxels where nothing is known of their
 * size.
 * @param {number | null} ml
 * @param {number} voxels
 * @param {[number, number] | null} [interval] As multiples.
 */
export function volumeText(ml, voxels, interval) {
  const whole = ml ?? voxels;
  const digits = ml === null ? 0 : 1;
  const said = ml === null ? `${voxels}${NO_BREAK}${t("page.study.unit.voxels")}` : volume(ml);
  if (!interval) return said;
  const [low, high] = interval.map((factor) => decimal(whole * factor, digits));
  return `${said} (${span(low, high)})`;
}

/**
 * Longest diameter by its perpendicular: `45.4 × 36.8 mm`.
 * @param {Finding} finding
 */
export function diametersText(finding) {
  const { diameter_mm: mm, perpendicular_mm: across } = finding;
  const known = mm !== null && across !== null;
  const [one, other] = known ? [mm, across] : [finding.diameter_px, finding.perpendicular_px];
  const unit = t(known ? "page.study.unit.mm" : "page.study.unit.px");
  return [decimal(one, 1), "×", decimal(other, 1), unit].join(NO_BREAK);
}

/**
 * A run of slices by their names, the lower number first.
 * @param {string[]} names
 * @param {number} first
 * @param {number} last
 */
export function slicesText(names, first, last) {
  const ends = [names[first], names[last]].sort((a, b) => Number(a) - Number(b));
  return span(ends[0], ends[1]);
}

/**
 * A share in percent.
 * @param {number} share
 */
export function percent(share) {
  return `${decimal(100 * share, 1)}${NO_BREAK}%`;
}
