/** A study with its result on the page: picture, strip and both sides put together. */

import { element } from "../dom.js";
import { t } from "../texts.js";
import { button } from "./controls/controls.js";
import { helpDialog, showHelp } from "./controls/help.js";
import { listenToKeys } from "./controls/keyboard.js";
import { tools } from "./controls/tools.js";
import { Desk } from "./desk.js";
import { askModel, conclusionLine, downloads, identity } from "./result/header.js";
import { ModelOutline } from "./result/model.js";
import { nextStop, stops } from "./result/places.js";
import { side } from "./result/side.js";
import { centred, firstSlice } from "./result/start.js";
import { Strip } from "./result/strip.js";
import { Reviews } from "./review/reviews.js";
import { getVolume } from "./source.js";
import { Screen } from "./view/screen.js";
import { chooseView } from "./view/views.js";

/** @typedef {import("./grid/nifti.js").Volume} Volume */
/** @typedef {import("./review/reviews.js").Reader} Reader */
/** @typedef {import("./source.js").Result} Result */

export class ResultPage {
  /** @type {Map<string, Volume>} */
  #volumes = new Map();

  /**
   * @param {Result} result
   * @param {Reader} reader
   */
  constructor(result, reader) {
    const { analysis, facts } = result;
    this.result = result;
    this.desk = new Desk(facts);
    this.stops = stops(analysis.findings, analysis.possible_misses);
    const stripPlace = element("div", { class: "strip" });
    this.strip = new Strip(stripPlace, facts.slice_names, (slice) => this.desk.go(slice));
    this.model = new ModelOutline(result, this.desk, this.strip);
    this.screen = new Screen(this.desk, facts, this.model, this.model.probabilities);
    const intensities = () => this.#volumes.get(this.desk.channel)?.data ?? null;
    this.reviews = new Reviews(result, this.desk, reader, intensities);
    this.screen.pointer.hand = this.reviews.correction.hand;
    this.help = helpDialog(reader.judges);
    this.element = this.#put(stripPlace, reader.judges);
  }

  /**
   * @param {HTMLElement} strip
   * @param {boolean} judges Whether the reader may ask for anything.
   */
  #put(strip, judges) {
    const { bar, panel, outlines, toolbar } = this.reviews;
    const actions = { ...this.#actions(), ...this.reviews.actions };
    listenToKeys(actions);
    const middle = element("div", { class: "middle" }, toolbar.element, this.screen.element,
      this.#legend(), strip);
    const files = this.result.hidden ? [] : [downloads(this.result)];
    const ways = judges ? askModel(this.result) : [];
    return element("div", { class: "study" },
      element("div", { class: "head" }, identity(this.result.study),
        conclusionLine(this.result), ...ways,
        element("div", { class: "deeds" }, bar.element, ...files)),
      tools(this.desk, actions),
      middle,
      side(this.result, this.model.slider.element, [outlines.element, panel.element],
        (slice) => this.desk.go(slice)),
      this.help,
    );
  }

  #legend() {
    const signs = this.result.hidden ? [] : ["called", "miss", "quality"];
    const legends = signs.map((name) =>
      element("span", { class: `legend ${name}` }, t(`page.study.strip.${name}`)),
    );
    const titles = ["previous", "next"].map((name) => t(`page.study.key.${name}`));
    const previous = button("‹", () => this.#stop(-1), { key: "P", title: titles[0] });
    const next = button("›", () => this.#stop(1), { key: "N", title: titles[1] });
    return element("div", { class: "legends" }, previous, ...legends, next);
  }

  /** @returns {import("./controls/keyboard.js").Actions} */
  #actions() {
    const { desk } = this;
    return {
      step: (count) => desk.step(count),
      stop: (direction) => this.#stop(direction < 0 ? -1 : 1),
      outline: () => desk.set({ outline: !desk.outline }),
      bounds: () => desk.set({ boundsShown: !desk.boundsShown }),
      model: () => desk.set({ modelShown: !desk.modelShown }),
      own: () => desk.set({ ownShown: !desk.ownShown }),
      flair: () => desk.show("flair"),
      t1: () => desk.show("t1"),
      t1gd: () => desk.show("t1gd"),
      preset: (number) => desk.setPreset(number),
      three: () => desk.set({ three: !desk.three, zoom: 1, pan: [0, 0] }),
      ruler: () => desk.set({ measuring: !desk.measuring, rulerFrom: null, tool: null }),
      forget: () => desk.set({ rulerFrom: null, rulers: desk.rulers.slice(0, -1) }),
      zoom: (factor) => desk.zoomBy(factor, (true_) => [desk.pan[0] * true_, desk.pan[1] * true_]),
      reset: () => desk.reset(),
      list: () => follow(this.element, ".back"),
      following: () => follow(this.element, ".reading .main, .next"),
      help: () => showHelp(this.help),
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
    this.model.markAsCalled();
    this.desk.go(firstSlice(this.result.analysis));
    this.strip.show(this.desk.slice);
    const { view, fetches } = await chooseView(this.result, this.desk, this.screen);
    this.screen.view = view;
    this.screen.ask();
    const fetchInto = async (/** @type {string} */ name) => {
      const volume = await getVolume(this.result, name);
      this.#volumes.set(name, volume);
      await view.add(name, volume);
      this.screen.ask();
    };
    if (fetches) await fetchInto("flair");
    if (!this.result.hidden) await this.#fetchMask(fetches);
    await this.reviews.start();
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
    this.model.measure(mask);
    this.desk.set({ mask: labels, at: centred(this.desk, labels) });
    const { analysis, facts } = this.result;
    if (analysis.bounds) this.model.takeBounds(await getVolume(this.result, "bounds"));
    if (!fetches || !facts.rule || analysis.threshold === null) return;
    this.model.takeProbabilities(mask, await getVolume(this.result, "probability"));
  }
}

/**
 * Follows a link of the head, where it is there.
 * @param {HTMLElement} page
 * @param {string} link
 */
function follow(page, link) {
  const found = page.querySelector(link);
  if (found instanceof HTMLAnchorElement) location.assign(found.href);
}

/** The title of the window: no identity, for it stands in lists of tabs and in histories. */
export function titleOf(/** @type {{ name: string }} */ { name }) {
  return `${name} · glioscope`;
}
