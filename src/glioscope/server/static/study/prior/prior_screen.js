/** The picture of a prior examination: it shows what the current one does. */

import { element } from "../../dom.js";
import { decimal } from "../../format.js";
import { language, t } from "../../texts.js";
import { drawOverlay } from "../view/overlay.js";
import { dragged } from "../view/windows.js";
import { follow } from "./lock.js";
import { holds } from "./positions.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../desk.js").Facts} Facts */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("../view/flat.js").View} View */
/** @typedef {import("../view/screen.js").Screen} Screen */

const WHEEL_STEP = 60;
const NOTHING = { boxes: () => [], diameters: () => [] };

/**
 * @typedef {object} Shown
 * @property {Desk} desk Of the prior examination.
 * @property {Facts} facts
 * @property {View} view
 * @property {string} day As it is written.
 * @property {(voxel: Triple) => Triple} match From voxels of the current one.
 */

export class PriorScreen {
  /** @type {Shown | null} */
  shown = null;
  #wheel = 0;

  /** @param {Screen} screen Of the current examination. */
  constructor(screen) {
    this.screen = screen;
    this.grey = element("canvas", { class: "grey" });
    this.overlay = element("canvas", { class: "overlay" });
    this.place = element("p", { class: "corner top left" });
    this.sequence = element("p", { class: "corner top right" });
    this.note = element("p", { class: "note" });
    this.element = element("div", {
      class: "screen prior", role: "group", "aria-label": t("page.prior.picture"),
    }, this.grey, this.overlay, this.place, this.sequence, this.note);
    screen.drawn = () => this.#draw();
    this.element.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    this.element.addEventListener("pointerdown", (event) => this.#onDown(event));
    this.element.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** After the current one, whose place it follows. */
  #draw() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const [current] = this.screen.tiles;
    if (!this.shown || !current || width === 0 || height === 0) return;
    const { desk, view, match } = this.shown;
    follow(this.screen.desk, desk, match, current, { width, height });
    const { tiles, whole } = view.draw(desk, width, height);
    drawOverlay(this.overlay, desk, tiles, NOTHING, null);
    this.#write(whole);
  }

  /** @param {boolean} whole */
  #write(whole) {
    if (!this.shown) return;
    const { desk, facts, day, match } = this.shown;
    const name = facts.said?.[language()]?.slices[desk.slice] ?? facts.slice_names[desk.slice];
    const place = t("page.study.place", { number: desk.slice + 1, total: desk.size[2] });
    this.place.textContent = [t("page.prior.of", { day }), name, place].join("\n");
    const { window, channel } = desk;
    const figures = t("page.study.wl", {
      width: decimal(window.high - window.low, 0),
      level: decimal((window.high + window.low) / 2, 0),
    });
    this.sequence.textContent = [t(`page.study.sequence.${channel}`), figures].join("\n");
    const beside = holds(match(this.screen.desk.at), desk.size);
    const how = desk.nominal ? "page.prior.by_number" : "page.prior.by_position";
    const said = t(beside ? how : "page.prior.outside");
    this.note.textContent = whole ? said : t("page.prior.fetching");
    this.element.classList.toggle("outside", !beside);
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    event.preventDefault();
    this.#wheel += event.deltaMode === 0 ? event.deltaY : event.deltaY * WHEEL_STEP;
    if (Math.abs(this.#wheel) < WHEEL_STEP) return;
    this.screen.desk.step(Math.sign(this.#wheel));
    this.#wheel = 0;
  }

  /** @param {PointerEvent} down */
  #onDown(down) {
    const { desk } = this.screen;
    const from = desk.window;
    this.element.setPointerCapture(down.pointerId);
    const drag = (/** @type {PointerEvent} */ event) => {
      const [right, under] = [event.clientX - down.clientX, event.clientY - down.clientY];
      desk.setWindow(dragged(from, desk.usual[desk.channel], right, under));
    };
    const end = () => this.element.removeEventListener("pointermove", drag);
    this.element.addEventListener("pointermove", drag);
    this.element.addEventListener("pointerup", end, { once: true });
    this.element.addEventListener("pointercancel", end, { once: true });
  }
}
