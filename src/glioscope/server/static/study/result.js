/** A study with its result on the page: picture, strip and both sides put together. */

import { element } from "../dom.js";
import { t } from "../texts.js";
import { button } from "./controls/controls.js";
import { Desk } from "./desk.js";
import { diameterRulers } from "./measure/diameter_lines.js";
import { conclusionLine, downloads, identity } from "./result/header.js";
import { voxelOf } from "./grid/grid.js";
import { helpDialog } from "./controls/help.js";
import { listenToKeys } from "./controls/keyboard.js";
import { sliceCounts, voxelCount } from "./measure/measures.js";
import { marksOf, nextStop, stops } from "./result/places.js";
import { Screen } from "./view/screen.js";
import { side } from "./result/side.js";
import { frameOf, sliceIndices } from "./grid/slices.js";
import { ThresholdSlider } from "./result/slider.js";
import { getVolume } from "./source.js";
import { Strip } from "./result/strip.js";
import { Thresholds } from "./result/threshold.js";
import { tools } from "./controls/tools.js";
import { chooseView } from "./view/views.js";

/** @typedef {import("./source.js").Result} Result */
/** @typedef {import("./desk.js").Ruler} Ruler */
/** @typedef {import("./grid/nifti.js").Volume} Volume */

export class ResultPage {
  /** @type {Ruler[]} */
  #diameters = [];
  /** @type {Thresholds | null} */
  #thresholds = null;

  /** @param {Result} result */
  constructor(result) {
    const { analysis, facts } = result;
    this.result = result;
    this.desk = new Desk(facts);
    /** @type {number[]} */
    this.probabilities = analysis.slices.map((/** @type {any} */ one) => one.probability);
    this.stops = stops(analysis.findings, analysis.possible_misses);
    this.own = analysis.threshold ?? 0.5;
    this.threshold = this.own;
    const marks = { boxes: this.#boxes.bind(this), diameters: this.#lines.bind(this) };
    this.screen = new Screen(this.desk, facts, marks, this.probabilities);
    const stripPlace = element("div", { class: "strip" });
    this.strip = new Strip(stripPlace, facts.slice_names, (slice) => this.desk.go(slice));
    this.slider = new ThresholdSlider(
      { threshold: this.own, missRate: analysis.miss_rate, curve: facts.rule?.miss_curve ?? [] },
      (threshold) => this.#setThreshold(threshold),
    );
    this.slider.element.hidden = true;
    this.help = helpDialog();
    this.element = this.#put(stripPlace);
  }

  /** @param {HTMLElement} strip */
  #put(strip) {
    const actions = this.#actions();
    listenToKeys(actions);
    const middle = element("div", { class: "middle" }, this.screen.element, this.#legend(), strip);
    return element("div", { class: "study" },
      element("div", { class: "head" }, identity(this.result.study), conclusionLine(this.result),
        downloads(this.result)),
      tools(this.desk, actions),
      middle,
      side(this.result, this.slider.element, (slice) => this.desk.go(slice)),
      this.help,
    );
  }

  #legend() {
    const signs = ["called", "miss", "quality"].map((name) =>
      element("span", { class: `legend ${name}` }, t(`page.study.strip.${name}`)),
    );
    const titles = ["previous", "next"].map((name) => t(`page.study.key.${name}`));
    const previous = button("‹", () => this.#stop(-1), { key: "P", title: titles[0] });
    const next = button("›", () => this.#stop(1), { key: "N", title: titles[1] });
    return element("div", { class: "legends" }, previous, ...signs, next);
  }

  /** @returns {import("./controls/keyboard.js").Actions} */
  #actions() {
    const { desk } = this;
    return {
      step: (count) => desk.step(count),
      stop: (direction) => this.#stop(direction < 0 ? -1 : 1),
      outline: () => desk.set({ outline: !desk.outline }),
      flair: () => desk.show("flair"),
      t1: () => desk.show("t1"),
      t1gd: () => desk.show("t1gd"),
      preset: (number) => desk.setPreset(number),
      three: () => desk.set({ three: !desk.three, zoom: 1, pan: [0, 0] }),
      ruler: () => desk.set({ measuring: !desk.measuring, rulerFrom: null }),
      forget: () => desk.set({ rulerFrom: null, rulers: desk.rulers.slice(0, -1) }),
      zoom: (factor) => desk.zoomBy(factor, (true_) => [desk.pan[0] * true_, desk.pan[1] * true_]),
      reset: () => desk.reset(),
      help: () => this.help.showModal(),
    };
  }

  /** @param {1 | -1} direction */
  #stop(direction) {
    const slice = nextStop(this.stops, this.desk.slice, direction);
    if (slice !== null) this.desk.go(slice);
  }

  /** Fetches what is to be seen: FLAIR before all else. */
  async start() {
    this.desk.watch(() => this.strip.show(this.desk.slice));
    const { analysis } = this.result;
    this.#mark(analysis.slices.map((/** @type {any} */ one) => one.decision === "tumour"));
    this.desk.go(firstSlice(analysis));
    this.strip.show(this.desk.slice);
    const { view, fetches } = await chooseView(this.result, this.desk, this.screen);
    this.screen.view = view;
    this.screen.ask();
    const fetchInto = async (/** @type {string} */ name) => {
      await view.add(name, await getVolume(this.result, name));
      this.screen.ask();
    };
    if (fetches) await fetchInto("flair");
    await this.#fetchMask(fetches);
    for (const name of this.desk.channels) {
      if (fetches && name !== "flair") await fetchInto(name).catch(() => this.#lacks(name));
    }
    document.documentElement.dataset.loaded = "all";
  }

  /** @param {string} name A sequence that did not come: the others are shown all the same. */
  #lacks(name) {
    this.screen.failed.add(name);
    this.screen.ask();
  }

  /** @param {boolean} fetches Whether the study is small enough for the threshold to be moved. */
  async #fetchMask(fetches) {
    const mask = await getVolume(this.result, "mask");
    const labels = new Uint8Array(mask.data);
    const { analysis, facts } = this.result;
    this.#diameters = diameterRulers(labels, mask.size, mask.spacing, analysis.findings);
    this.desk.set({ mask: labels, at: centred(this.desk, labels) });
    if (!fetches || !facts.rule || analysis.threshold === null) return;
    const pixels = await getVolume(this.result, "probability");
    this.#thresholds = new Thresholds({
      size: mask.size,
      labels,
      pixels: new Uint8Array(pixels.data),
      slices: this.probabilities,
      own: this.own,
      rule: facts.rule,
    });
    this.slider.element.hidden = false;
    this.#setThreshold(this.own);
  }

  /** @param {number} threshold */
  #setThreshold(threshold) {
    if (!this.#thresholds) return;
    this.threshold = threshold;
    const mask = this.#thresholds.at(threshold);
    const count = voxelCount(mask);
    const called = sliceCounts(mask, this.desk.size, 2).map((area) => area > 0);
    const [x, y, z] = this.desk.spacing;
    const ml = this.desk.nominal ? null : (count * x * y * z) / 1000;
    this.slider.show(threshold, ml, count, called.filter(Boolean).length);
    this.#mark(called);
    this.desk.set({ mask });
  }

  /** @param {boolean[]} called */
  #mark(called) {
    const marks = marksOf(this.probabilities, called, this.result.analysis.possible_misses);
    this.strip.mark(marks, this.threshold);
    this.strip.show(this.desk.slice);
  }

  /** @param {number} slice */
  #boxes(slice) {
    return this.result.analysis.possible_misses.flatMap((/** @type {any} */ miss) =>
      miss.index === slice && miss.box_px ? [miss.box_px] : [],
    );
  }

  /**
   * Diameters are those of the model's own outline.
   * @param {number} slice
   */
  #lines(slice) {
    if (this.threshold !== this.own) return [];
    return this.#diameters.filter(({ from }) => from[2] === slice);
  }
}

/**
 * Where a look begins: the largest slice of the largest finding, else the most probable slice,
 * amid those that are equally so.
 * @param {any} analysis
 */
function firstSlice({ findings, slices }) {
  if (findings.length > 0) return findings[0].diameter_slice;
  const shares = slices.map((/** @type {any} */ one) => one.probability);
  const most = Math.max(...shares);
  const best = shares.flatMap((/** @type {number} */ share, /** @type {number} */ index) =>
    share === most ? [index] : [],
  );
  return best[Math.floor(best.length / 2)];
}

/**
 * The middle of the outline on the slice that is shown, for the three planes to meet in.
 * @param {Desk} desk
 * @param {Uint8Array} labels
 * @returns {import("./grid/grid.js").Triple}
 */
function centred({ at, size }, labels) {
  const inside = sliceIndices(frameOf(size, 2, at[2]), (index) => labels[index] > 0);
  if (inside.length === 0) return at;
  const mean = (/** @type {0 | 1} */ axis) =>
    inside.reduce((sum, index) => sum + voxelOf(size, index)[axis], 0) / inside.length;
  return [Math.round(mean(0)), Math.round(mean(1)), at[2]];
}

/** The title of the window: no identity, for it stands in lists of tabs and in histories. */
export function titleOf(/** @type {Result} */ { study }) {
  return `${study.name} · glioscope`;
}

