/** The strip under the picture: the probability of every slice, and where to look. */

import { drawing } from "../../dom.js";
import { probability as said } from "../../format.js";
import { t } from "../../texts.js";

/** @typedef {import("./places.js").Mark} Mark */

/**
 * What is said of a slice in place of the model's answer.
 * @typedef {object} Other
 * @property {number} height From 0 to 1.
 * @property {boolean} differs
 * @property {string} said
 */

const HEIGHT = 50;
const FOOT = 18;
const MIDDLE = HEIGHT + 11;

export class Strip {
  /** @type {Mark[]} */
  #marks = [];
  /** @type {Other[] | null} */
  #others = null;
  #threshold = 0;
  #slice = 0;
  /** Width of a slice in CSS pixels. */
  #step = 10;

  /**
   * @param {HTMLElement} place
   * @param {string[]} names What slices are called.
   * @param {(slice: number) => void} go
   */
  constructor(place, names, go) {
    this.place = place;
    this.names = names;
    this.bars = drawing("g");
    this.cursor = drawing("rect", { class: "cursor", y: 0, height: HEIGHT + FOOT });
    this.limit = drawing("line", { class: "limit", x1: 0, x2: "100%" });
    const picture = { class: "bars", "aria-hidden": "true" };
    place.append(drawing("svg", picture, this.cursor, this.bars, this.limit));
    place.setAttribute("role", "slider");
    place.setAttribute("tabindex", "0");
    place.setAttribute("aria-label", t("page.study.strip"));
    place.setAttribute("aria-valuemin", "1");
    place.setAttribute("aria-valuemax", String(names.length));
    this.#listen(go);
    new ResizeObserver(() => this.#fit()).observe(place);
  }

  /**
   * @param {Mark[]} marks
   * @param {number} threshold
   */
  mark(marks, threshold) {
    this.#marks = marks;
    this.#threshold = threshold;
    this.#draw();
  }

  /** @param {Other[] | null} others Null: the model's answer again. */
  compare(others) {
    this.#others = others;
    this.#draw();
  }

  /** @param {number} slice */
  show(slice) {
    this.#slice = slice;
    this.cursor.setAttribute("x", String(slice * this.#step));
    this.cursor.setAttribute("width", String(this.#step));
    this.place.setAttribute("aria-valuenow", String(slice + 1));
    this.place.setAttribute("aria-valuetext", this.#title(slice));
  }

  #fit() {
    this.#step = this.place.clientWidth / this.names.length;
    this.#draw();
  }

  #draw() {
    const marks = this.#others?.map(markOf) ?? this.#marks;
    this.bars.replaceChildren(...marks.flatMap((mark, slice) => this.#bar(mark, slice)));
    const height = HEIGHT * (1 - this.#threshold);
    const held = !this.#others && this.#marks.some(({ probability }) => probability !== null);
    this.limit.toggleAttribute("hidden", !held);
    this.limit.setAttribute("y1", String(height));
    this.limit.setAttribute("y2", String(height));
    this.show(this.#slice);
  }

  /**
   * @param {Mark} mark
   * @param {number} slice
   */
  #bar(mark, slice) {
    const height = Math.max(1, HEIGHT * (mark.probability ?? 0));
    const [x, width] = [slice * this.#step, this.#step];
    const gap = Math.min(2, width / 6);
    const bar = drawing("rect", {
      class: mark.called ? "bar called" : "bar",
      x: x + gap,
      y: HEIGHT - height,
      width: width - 2 * gap,
      height,
    });
    const whole = drawing("rect", { class: "hit", x, y: 0, width, height: HEIGHT + FOOT });
    whole.append(titled(this.#title(slice)));
    return [bar, ...signs(mark, x + gap, width - 2 * gap), whole];
  }

  /** @param {number} slice */
  #title(slice) {
    const mark = this.#marks[slice];
    const other = this.#others?.[slice];
    if (other) return `${this.names[slice]}: ${other.said}`;
    if (!mark) return this.names[slice];
    const share = mark.probability === null ? "" : `: ${said(mark.probability)}`;
    const parts = [`${this.names[slice]}${share}`];
    if (mark.called) parts.push(t("page.study.strip.called"));
    if (mark.sign) parts.push(t(`page.study.strip.${mark.sign}`));
    return parts.join(", ");
  }

  /** @param {(slice: number) => void} go */
  #listen(go) {
    const at = (/** @type {PointerEvent} */ event) => {
      const { left, width } = this.place.getBoundingClientRect();
      go(Math.floor(((event.clientX - left) / width) * this.names.length));
    };
    this.place.addEventListener("pointerdown", (event) => {
      this.place.setPointerCapture(event.pointerId);
      at(event);
    });
    this.place.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) at(event);
    });
  }
}

/**
 * @param {Other} other
 * @returns {Mark}
 */
function markOf({ height, differs }) {
  return { probability: height, called: false, sign: differs ? "differs" : null };
}

/**
 * Below the bar: a block for a called slice, a ring for a possible miss, a cross for poor quality,
 * a triangle where two outlines differ.
 * @param {Mark} mark
 * @param {number} x
 * @param {number} width
 */
function signs({ called, sign }, x, width) {
  const found = [];
  const radius = Math.min(4, width / 2);
  const middle = x + width / 2;
  if (called) found.push(drawing("rect", { class: "block", x, y: HEIGHT + 2, width, height: 3 }));
  if (sign === "miss") {
    found.push(drawing("circle", { class: "ring", cx: middle, cy: MIDDLE, r: radius }));
  }
  if (sign === "quality") {
    const [left, top, long] = [middle - radius, MIDDLE - radius, 2 * radius];
    const lines = `M${left} ${top}l${long} ${long}m0 ${-long}l${-long} ${long}`;
    found.push(drawing("path", { class: "cross", d: lines }));
  }
  if (sign === "differs") {
    const lines = `M${middle} ${MIDDLE - radius}l${radius} ${2 * radius}h${-2 * radius}z`;
    found.push(drawing("path", { class: "cross", d: lines }));
  }
  return found;
}

/** @param {string} text */
function titled(text) {
  const title = drawing("title");
  title.textContent = text;
  return title;
}
