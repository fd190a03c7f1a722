/** The picture with all that lies above it, drawn anew after every change. */

import { element } from "../../dom.js";
import { decimal, probability } from "../../format.js";
import { language, t } from "../../texts.js";
import { drawOverlay } from "./overlay.js";
import { Pointer } from "./pointer.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../desk.js").Facts} Facts */
/** @typedef {import("./flat.js").View} View */
/** @typedef {import("./layout.js").Tile} Tile */
/** @typedef {import("./overlay.js").Marks} Marks */

export class Screen {
  /** @type {Tile[]} */
  tiles = [];
  /** @type {View | null} */
  view = null;
  /** @type {Set<string>} Sequences that did not come. */
  failed = new Set();
  #asked = false;
  /** Called after the picture was drawn. */
  drawn = () => {};

  /**
   * @param {Desk} desk
   * @param {Facts} facts
   * @param {Marks} marks
   * @param {(number | null)[]} probabilities
   */
  constructor(desk, facts, marks, probabilities) {
    this.desk = desk;
    this.facts = facts;
    this.marks = marks;
    this.probabilities = probabilities;
    this.grey = element("canvas", { class: "grey" });
    this.overlay = element("canvas", { class: "overlay" });
    this.place = element("p", { class: "corner top left", id: "slice-name" });
    this.sequence = element("p", { class: "corner top right", id: "sequence-name" });
    this.note = element("p", { class: "note", role: "status" });
    const name = t("page.study.picture");
    this.element = element("div", { class: "screen", role: "group", "aria-label": name },
      this.grey, this.overlay, this.place, this.sequence, this.note);
    this.pointer = new Pointer(this.element, desk, () => this.tiles, () => this.ask());
    desk.watch(() => this.ask());
    new ResizeObserver(() => this.ask()).observe(this.element);
  }

  /** Has the picture drawn with the next frame, however often it is asked for. */
  ask() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#draw();
    });
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!this.view || width === 0 || height === 0) return;
    const { tiles, whole } = this.view.draw(this.desk, width, height);
    this.tiles = tiles;
    drawOverlay(this.overlay, this.desk, tiles, this.marks, this.pointer.over);
    this.#write(whole);
    this.drawn();
  }

  /** @param {boolean} whole */
  #write(whole) {
    const { channel, slice, window, zoom, measuring } = this.desk;
    const name = t(`page.study.sequence.${channel}`);
    this.place.textContent = this.#sliceText(slice);
    const [wide, level] = [window.high - window.low, (window.high + window.low) / 2];
    const figures = t("page.study.wl", { width: decimal(wide, 0), level: decimal(level, 0) });
    this.sequence.textContent = [name, figures, `${decimal(zoom, 1)}×`].join("\n");
    const help = measuring ? t("page.study.ruler.help") : this.#drawingHelp();
    const code = this.failed.has(channel) ? "page.study.not_fetched" : "page.study.fetching";
    this.note.textContent = whole ? help : t(code, { name });
    this.element.classList.toggle("measuring", measuring);
    this.element.classList.toggle("drawing", Boolean(this.desk.tool && this.pointer.over));
  }

  /** Where one can draw, said only where one can also not. */
  #drawingHelp() {
    return this.desk.tool && this.desk.three ? t("page.correct.axial_only") : "";
  }

  /** @param {number} slice */
  #sliceText(slice) {
    const known = this.facts.said?.[language()]?.slices[slice];
    const name = known ?? t("page.study.slice", { name: this.facts.slice_names[slice] });
    const place = t("page.study.place", { number: slice + 1, total: this.desk.size[2] });
    const share = this.probabilities[slice];
    const figure = share === null ? "" : t("page.study.share", { share: probability(share) });
    return [name, place, figure].filter(Boolean).join("\n");
  }
}
