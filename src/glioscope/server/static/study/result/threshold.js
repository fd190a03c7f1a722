/**
 * What the model would have outlined at another threshold: `decide` of `model/postprocess.py` on
 * what the server keeps. Pixel probabilities are kept in 255ths, so a pixel within half of one of
 * the limit may fall to the other side; where the two thresholds do not differ, the stored mask
 * stands, and at the model's own threshold nothing else does.
 */

import { dropSmall, joinedTo, keepSeeded } from "../grid/components.js";
import { Indices } from "../grid/indices.js";

/** @typedef {import("../grid/grid.js").Triple} Triple */

/**
 * @typedef {object} Rule `PixelRule` of `analysis.py`.
 * @property {number} smooth
 * @property {number} seed
 * @property {number} low
 * @property {number} least
 * @property {[number, number][]} miss_curve
 */

/**
 * @typedef {object} Stored
 * @property {Triple} size
 * @property {Uint8Array} labels The mask that the model drew.
 * @property {Uint8Array} pixels Probabilities in 255ths.
 * @property {number[]} slices Probability of each slice.
 * @property {number} own The threshold that the mask was drawn at.
 * @property {Rule} rule
 */

/**
 * @typedef {object} Outlined One of the masks: there are no more of them than slices.
 * @property {Int32Array} places
 * @property {Uint8Array} names What stands at these places.
 * @property {number[]} areas Voxels of each slice.
 */

const PEAK_SHARE = 0.5;
// Of a voxel that the model's own threshold did not outline: it belongs to no finding.
const UNNAMED = 255;

export class Thresholds {
  /** @param {Stored} stored */
  constructor(stored) {
    this.stored = stored;
    this.pixels = smoothed(stored.pixels, stored.size, stored.rule.smooth);
    this.atOwn = this.#decide(stored.own);
    // A threshold matters only by the slices that it calls: one between each two probabilities.
    this.#steps = [...new Set(stored.slices)].sort((a, b) => b - a);
  }

  /** @type {number[]} */
  #steps;
  /** @type {Map<number, Outlined>} By how many slices are called. */
  #known = new Map();

  /**
   * The mask at a threshold for slices: labels of the findings, 255 where there was none.
   * @param {number} threshold
   */
  at(threshold) {
    const { places, names } = this.#outlined(threshold);
    const mask = new Uint8Array(this.stored.labels.length);
    for (let n = 0; n < places.length; n++) mask[places[n]] = names[n];
    return mask;
  }

  /**
   * Voxels of each slice of the mask at a threshold.
   * @param {number} threshold
   */
  areas(threshold) {
    return this.#outlined(threshold).areas;
  }

  /**
   * Makes one more of the masks ready, so that the slider need not wait; whether any is left.
   */
  prepare() {
    const next = this.#steps.shift();
    if (next !== undefined) this.#outlined(next);
    return this.#steps.length > 0;
  }

  /**
   * @param {number} threshold
   * @returns {Outlined}
   */
  #outlined(threshold) {
    const { slices } = this.stored;
    const called = slices.filter((probability) => probability >= threshold).length;
    let found = this.#known.get(called);
    if (!found) {
      found = this.#outline(threshold);
      this.#known.set(called, found);
    }
    return found;
  }

  /**
   * @param {number} threshold
   * @returns {Outlined}
   */
  #outline(threshold) {
    const { labels, size, slices } = this.stored;
    const now = this.#decide(threshold);
    const plane = size[0] * size[1];
    const places = new Indices();
    /** @type {number[]} */
    const names = [];
    const areas = slices.map((probability, k) => {
      if (probability < threshold) return 0;
      const before = places.length;
      for (let index = k * plane; index < (k + 1) * plane; index++) {
        const name = now[index] === this.atOwn[index] ? labels[index]
          : now[index] && (labels[index] || UNNAMED);
        if (!name) continue;
        places.push(index);
        names.push(name);
      }
      return places.length - before;
    });
    return { places: places.view(), names: Uint8Array.from(names), areas };
  }

  /** @param {number} threshold */
  #decide(threshold) {
    const { size, slices, rule } = this.stored;
    const called = slices.map((probability) => probability >= threshold);
    const mask = this.#hysteresis(called);
    const plane = size[0] * size[1];
    called.forEach((yes, k) => {
      const slice = mask.subarray(k * plane, (k + 1) * plane);
      if (yes && !slice.includes(1)) {
        slice.set(peak(this.pixels.subarray(k * plane, (k + 1) * plane), size));
      }
    });
    if (rule.least > 0) dropSmall(mask, size, rule.least);
    return mask;
  }

  /** @param {boolean[]} called */
  #hysteresis(called) {
    const { pixels, stored } = this;
    const { size, rule } = stored;
    const [low, seed] = [255 * rule.low, 255 * rule.seed];
    const plane = size[0] * size[1];
    const mask = new Uint8Array(pixels.length);
    called.forEach((yes, k) => {
      if (!yes) return;
      for (let index = k * plane; index < (k + 1) * plane; index++) {
        if (pixels[index] >= low) mask[index] = pixels[index] >= seed ? 2 : 1;
      }
    });
    keepSeeded(mask, size);
    return mask;
  }
}

/**
 * Share of a patient's tumour slices that lies below a threshold, in patients whom the model had
 * not seen; null where its curve does not reach.
 * @param {[number, number][]} curve Thresholds rising.
 * @param {number} threshold
 */
export function missRate(curve, threshold) {
  return curve.find(([at]) => at >= threshold)?.[1] ?? null;
}

/**
 * Mean with the neighbouring slices; at the ends the weights add up to 1.
 * @param {Uint8Array} pixels
 * @param {Triple} size
 * @param {number} weight
 */
function smoothed(pixels, size, weight) {
  const found = Float32Array.from(pixels);
  const last = size[2] - 1;
  if (last < 1 || !weight) return found;
  const plane = size[0] * size[1];
  for (let k = 0; k <= last; k++) {
    const inner = k > 0 && k < last;
    const own = (1 - 2 * weight) / (inner ? 1 : 1 - weight);
    const beside = weight / (inner ? 1 : 1 - weight);
    const neighbours = [k - 1, k + 1].filter((at) => at >= 0 && at <= last);
    for (let at = k * plane; at < (k + 1) * plane; at++) found[at] *= own;
    for (const other of neighbours) {
      const shift = (other - k) * plane;
      for (let at = k * plane; at < (k + 1) * plane; at++) found[at] += beside * pixels[at + shift];
    }
  }
  return found;
}

/**
 * The blob around the maximum of a slice at or above half of it; at least that one pixel.
 * @param {Float32Array} slice
 * @param {Triple} size
 */
function peak(slice, size) {
  // The first of the highest in the picture, whose rows and columns run against the axes here.
  let top = slice.length - 1;
  for (let index = top; index >= 0; index--) if (slice[index] > slice[top]) top = index;
  const least = PEAK_SHARE * slice[top];
  const found = new Uint8Array(slice.length);
  joinedTo(top, [size[0], size[1], 1], found, (at) => slice[at] >= least && slice[at] > 0);
  return found;
}
