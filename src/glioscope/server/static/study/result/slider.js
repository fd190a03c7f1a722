/** The threshold between sensitive and specific. */

import { element } from "../../dom.js";
import { decimal } from "../../format.js";
import { t } from "../../texts.js";
import { button, section } from "../controls/controls.js";
import { missRate } from "./threshold.js";
import { percent, volumeText } from "./wording.js";

/** @typedef {[number, number][]} Curve */

/**
 * @typedef {object} Own What the model decided with.
 * @property {number} threshold
 * @property {number | null} missRate
 * @property {Curve} curve
 */

// The slider goes by the logit: equal steps are equally much evidence.
const REACH = 6;
const STEPS = 240;

/** @param {number} share */
function logit(share) {
  return Math.log(share / (1 - share));
}

/**
 * Threshold at a place of the slider; the model's own, to the last digit, where that is.
 * @param {number} place 0 to 240.
 * @param {number} own
 */
export function thresholdAt(place, own) {
  if (place === placeOf(own)) return own;
  return 1 / (1 + Math.exp(REACH - (2 * REACH * place) / STEPS));
}

/** @param {number} threshold */
export function placeOf(threshold) {
  const place = Math.round(((logit(threshold) + REACH) / (2 * REACH)) * STEPS);
  return Math.min(STEPS, Math.max(0, place));
}

export class ThresholdSlider {
  #asked = false;

  /**
   * @param {Own} own
   * @param {(threshold: number) => void} moved
   */
  constructor(own, moved) {
    this.own = own;
    this.input = element("input", {
      type: "range", id: "threshold", min: 0, max: STEPS, "aria-label": t("page.study.threshold"),
    });
    this.input.value = String(placeOf(own.threshold));
    this.input.addEventListener("input", () => this.#ask(moved));
    this.input.addEventListener("dblclick", () => this.#back(moved));
    this.volume = element("output", { for: "threshold", id: "threshold-volume" });
    this.meaning = element("p", { class: "faint small", id: "threshold-meaning" });
    this.back = button(t("page.study.threshold.back"), () => this.#back(moved), { class: "plain" });
    this.element = section(
      t("page.study.threshold"),
      element("div", { class: "threshold" },
        element("span", { class: "small" }, t("page.study.threshold.sensitive")),
        this.input,
        element("span", { class: "small" }, t("page.study.threshold.specific")),
      ),
      element("p", {}, this.volume),
      this.meaning,
      this.back,
    );
  }

  /**
   * @param {number} threshold
   * @param {number | null} ml
   * @param {number} voxels
   * @param {number} called
   */
  show(threshold, ml, voxels, called) {
    const at = t("page.study.threshold.at", { threshold: decimal(threshold, 3) });
    this.input.setAttribute("aria-valuetext", at);
    const parts = [at, volumeText(ml, voxels), t("page.study.called", { count: called })];
    this.volume.replaceChildren(...parts.map((part) => element("span", {}, part)));
    this.meaning.textContent = meaningOf(threshold, this.own);
    this.back.hidden = threshold === this.own.threshold;
  }

  /**
   * Tells of a place once with the next frame, however fast the slider is drawn.
   * @param {(threshold: number) => void} moved
   */
  #ask(moved) {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      moved(thresholdAt(Number(this.input.value), this.own.threshold));
    });
  }

  /** @param {(threshold: number) => void} moved */
  #back(moved) {
    this.input.value = String(placeOf(this.own.threshold));
    this.#ask(moved);
  }
}

/**
 * What is missed at a threshold, as far as the model tells.
 * @param {number} threshold
 * @param {Own} own
 */
function meaningOf(threshold, own) {
  const same = threshold === own.threshold;
  const rate = same ? own.missRate : missRate(own.curve, threshold);
  if (rate !== null) return t("page.study.threshold.missed", { rate: percent(rate) });
  if (same) return t("page.study.threshold.own");
  const code = threshold < own.threshold ? "more_sensitive" : "more_specific";
  return t(`page.study.threshold.${code}`);
}
