/** The model's outline on the page: at any threshold, with its diameters and its marks. */

import { diameterRulers } from "../measure/diameter_lines.js";
import { marksOf } from "./places.js";
import { ThresholdSlider } from "./slider.js";
import { Thresholds } from "./threshold.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../desk.js").Ruler} Ruler */
/** @typedef {import("../grid/nifti.js").Volume} Volume */
/** @typedef {import("../source.js").Result} Result */
/** @typedef {import("./strip.js").Strip} Strip */

export class ModelOutline {
  /** @type {Ruler[]} */
  #diameters = [];
  /** @type {Uint8Array | null} */
  #bounds = null;
  /** @type {Thresholds | null} */
  #thresholds = null;

  /**
   * @param {Result} result
   * @param {Desk} desk
   * @param {Strip} strip
   */
  constructor(result, desk, strip) {
    const { analysis, facts } = result;
    this.result = result;
    this.desk = desk;
    this.strip = strip;
    /** @type {number[]} */
    this.probabilities = analysis.slices.map((/** @type {any} */ one) => one.probability);
    this.own = analysis.threshold ?? 0.5;
    this.threshold = this.own;
    this.slider = new ThresholdSlider(
      { threshold: this.own, missRate: analysis.miss_rate, curve: facts.rule?.miss_curve ?? [] },
      (threshold) => this.#move(threshold),
    );
    this.slider.element.hidden = true;
  }

  /** Marks the slices as the analysis has called them. */
  markAsCalled() {
    const { slices } = this.result.analysis;
    this.#mark(slices.map((/** @type {any} */ one) => one.decision === "tumour"));
  }

  /**
   * Takes the sure and the possible region, which hold for the model's own threshold.
   * @param {Volume} levels
   */
  takeBounds(levels) {
    this.#bounds = new Uint8Array(levels.data);
    this.desk.set({ bounds: this.#bounds });
  }

  /** @param {Volume} mask */
  measure({ data, size, spacing }) {
    const { findings } = this.result.analysis;
    this.#diameters = diameterRulers(new Uint8Array(data), size, spacing, findings);
  }

  /**
   * Lets the threshold be moved.
   * @param {Volume} mask
   * @param {Volume} probabilities
   */
  takeProbabilities(mask, probabilities) {
    const { rule } = this.result.facts;
    if (!rule) return;
    this.#thresholds = new Thresholds({
      size: mask.size,
      labels: new Uint8Array(mask.data),
      pixels: new Uint8Array(probabilities.data),
      slices: this.probabilities,
      own: this.own,
      rule,
    });
    this.slider.element.hidden = false;
    this.#move(this.own);
    this.#prepare();
  }

  /** Makes the masks of other thresholds ready while there is nothing else to do. */
  #prepare() {
    const one = () => {
      if (this.#thresholds?.prepare()) this.#prepare();
    };
    if ("requestIdleCallback" in window) requestIdleCallback(one);
    else setTimeout(one, 50);
  }

  /** @param {number} slice */
  boxes(slice) {
    return this.result.analysis.possible_misses.flatMap((/** @type {any} */ miss) =>
      miss.index === slice && miss.box_px ? [miss.box_px] : [],
    );
  }

  /**
   * Diameters are those of the model's own outline.
   * @param {number} slice
   */
  diameters(slice) {
    if (this.threshold !== this.own) return [];
    return this.#diameters.filter(({ from }) => from[2] === slice);
  }

  /** @param {number} threshold */
  #move(threshold) {
    if (!this.#thresholds) return;
    this.threshold = threshold;
    const mask = this.#thresholds.at(threshold);
    const areas = this.#thresholds.areas(threshold);
    const count = areas.reduce((sum, area) => sum + area, 0);
    const called = areas.map((area) => area > 0);
    const [x, y, z] = this.desk.spacing;
    const ml = this.desk.nominal ? null : (count * x * y * z) / 1000;
    this.slider.show(threshold, ml, count, called.filter(Boolean).length);
    this.#mark(called);
    this.desk.set({ mask, bounds: threshold === this.own ? this.#bounds : null });
  }

  /** @param {boolean[]} called */
  #mark(called) {
    const marks = marksOf(this.probabilities, called, this.result.analysis.possible_misses);
    this.strip.mark(marks, this.threshold);
    this.strip.show(this.desk.slice);
  }
}
