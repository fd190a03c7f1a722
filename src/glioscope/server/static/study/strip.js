/** The strip under the picture: the probability of every slice, and where to look. */

import { drawing } from "../dom.js";
import { probability as said } from "../format.js";
import { t } from "../texts.js";

/** @typedef {import("./places.js").Mark} Mark */

const HEIGHT = 46;
const FOOT = 14;
const STEP = 12;

export class Strip {
  /** @type {Mark[]} */
  #marks = [];

  /**
   * @param {HTMLElement} place
   * @param {string[]} names What slices are called.
   * @param {(slice: number) => void} go
   */
  constructor(place, names, go) {
    this.names = names;
    const size = `0 0 ${names.length * STEP} ${HEIGHT + FOOT}`;
    this.bars = drawing("g");
    this.cursor = drawing("rect", { class: "cursor", y: 0, width: STEP, height: HEIGHT + FOOT });
    this.limit = drawing("line", { class: "limit", x1: 0, x2: names.length * STEP });
    const picture = drawing(
      "svg",
      { viewBox: size, preserveAspectRatio: "none", class: "bars", "aria-hidden": "true" },
      this.cursor,
      this.bars,
      this.limit,
    );
    this.place = place;
    place.setAttribute("role", "slider");
    place.setAttribute("tabindex", "0");
    place.setAttribute("aria-label", t("page.study.strip"));
    place.setAttribute("aria-valuemin", "1");
    place.setAttribute("aria-valuemax", String(names.length));
    place.append(picture);
    this.#listen(go);
  }

  /**
   * @param {Mark[]} marks
   * @param {number} threshold
   */
  mark(marks, threshold) {
    this.#marks = marks;
    this.bars.replaceChildren(...marks.flatMap((mark, slice) => this.#bar(mark, slice)));
    const height = HEIGHT * (1 - threshold);
    this.limit.setAttribute("y1", String(height));
    this.limit.setAttribute("y2", String(height));
  }

  /** @param {number} slice */
  show(slice) {
    this.cursor.setAttribute("x", String(slice * STEP));
    this.place.setAttribute("aria-valuenow", String(slice + 1));
    this.place.setAttribute("aria-valuetext", this.#title(slice));
  }

  /**
   * @param {Mark} mark
   * @param {number} slice
   */
  #bar(mark, slice) {
    const height = Math.max(1, HEIGHT * mark.probability);
    const x = slice * STEP;
    const bar = drawing("rect", {
      class: mark.called ? "bar called" : "bar",
      x: x + 1.5,
      y: HEIGHT - height,
      width: STEP - 3,
      height,
    });
    const place = { class: "hit", x, y: 0, width: STEP, height: HEIGHT + FOOT };
    const whole = drawing("rect", place, titled(this.#title(slice)));
    return [bar, ...signs(mark, x + STEP / 2), whole];
  }

  /** @param {number} slice */
  #title(slice) {
    const mark = this.#marks[slice];
    if (!mark) return this.names[slice];
    const parts = [`${this.names[slice]}: ${said(mark.probability)}`];
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
 * Below the bar: a filled block for a called slice, a ring for a possible miss, a cross for poor
 * quality.
 * @param {Mark} mark
 * @param {number} x
 */
function signs(mark, x) {
  const y = HEIGHT + FOOT / 2 + 1;
  const found = [];
  if (mark.called) {
    found.push(drawing("rect", { class: "block", x: x - 4.5, y: HEIGHT + 2, width: 9, height: 3 }));
  }
  if (mark.sign === "miss") {
    found.push(drawing("circle", { class: "ring", cx: x, cy: y + 2, r: 3 }));
  }
  if (mark.sign === "quality") {
    const cross = `M${x - 3} ${y - 1}l6 6m0 -6l-6 6`;
    found.push(drawing("path", { class: "cross", d: cross }));
  }
  return found;
}

/** @param {string} text */
function titled(text) {
  const title = drawing("title");
  title.textContent = text;
  return title;
}
