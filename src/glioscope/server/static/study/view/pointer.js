/** Mouse, pen and fingers on the picture. */

import { panAround, tileAt, voxelAt } from "./layout.js";
import { dragged } from "./windows.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("./layout.js").Tile} Tile */
/** @typedef {import("./windows.js").Window} Window */

/**
 * Draws, while a tool is in it. Voxels are those of the slice that the stroke began on.
 * @typedef {object} Hand
 * @property {(voxel: Triple, erases: boolean) => void} begin
 * @property {(voxel: Triple) => void} move
 * @property {() => void} end
 * @property {() => void} cancel
 */

/**
 * @typedef {object} Drag
 * @property {number} x Where it began, in CSS pixels of the picture.
 * @property {number} y
 * @property {number} id Of the pointer.
 * @property {"window" | "pan" | "slices"} kind
 * @property {Window} window
 * @property {[number, number]} pan
 * @property {number} slice
 * @property {boolean} moved
 */

// A wheel gives about 100 for a notch, a touch pad many small figures.
const WHEEL_STEP = 60;
const SWIPE_STEP = 14;
const STILL = 4;
// The other end of a pen.
const ERASER = 5;

export class Pointer {
  /** @type {Drag | null} */
  #drag = null;
  #wheel = 0;
  /** @type {{id: number, tile: Tile} | null} */
  #stroke = null;
  #pen = false;
  /** @type {Triple | null} Voxel under the pointer on the axial slice. */
  over = null;
  /** @type {Hand | null} */
  hand = null;

  /**
   * @param {HTMLElement} place
   * @param {Desk} desk
   * @param {() => Tile[]} tiles
   * @param {() => void} redraw
   */
  constructor(place, desk, tiles, redraw) {
    this.place = place;
    this.desk = desk;
    this.tiles = tiles;
    this.redraw = redraw;
    place.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    place.addEventListener("pointerdown", (event) => this.#onDown(event));
    place.addEventListener("pointermove", (event) => this.#onMove(event));
    place.addEventListener("pointerup", (event) => this.#onUp(event));
    place.addEventListener("pointercancel", () => this.#stop());
    place.addEventListener("pointerleave", () => this.#leave());
    place.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /**
   * @param {MouseEvent} event
   * @returns {[number, number]}
   */
  #point(event) {
    const { left, top } = this.place.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    event.preventDefault();
    const point = this.#point(event);
    const tile = tileAt(this.tiles(), ...point);
    if (!tile || this.#stroke) return;
    if (event.ctrlKey) {
      const factor = event.deltaY < 0 ? 1.15 : 1 / 1.15;
      this.desk.zoomBy(factor, (true_) => panAround(tile.area, this.desk.pan, true_, point));
      return;
    }
    this.#wheel += event.deltaMode === 0 ? event.deltaY : event.deltaY * WHEEL_STEP;
    if (Math.abs(this.#wheel) < WHEEL_STEP) return;
    this.desk.step(Math.sign(this.#wheel), tile.plane);
    this.#wheel = 0;
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    const [x, y] = this.#point(event);
    this.#hover(x, y);
    this.place.setPointerCapture(event.pointerId);
    if (this.#stroke) this.#stop();
    else if (this.desk.measuring && event.button === 0) return this.#measure();
    else if (this.#draws(event)) return this.#begin(event);
    const { window, pan, slice } = this.desk;
    const other = event.button !== 0 || event.shiftKey;
    const kind = event.pointerType === "touch" ? "slices" : other ? "pan" : "window";
    this.#drag = { x, y, id: event.pointerId, kind, window, pan, slice, moved: false };
  }

  /**
   * Whether a press draws. Where a pen has drawn, fingers leaf through slices.
   * @param {PointerEvent} event
   */
  #draws({ button, shiftKey, pointerType }) {
    if (!this.hand || !this.desk.tool || !this.over) return false;
    this.#pen ||= pointerType === "pen";
    if (this.#pen && pointerType === "touch") return false;
    return (button === 0 && !shiftKey) || (pointerType === "pen" && button === ERASER);
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    const tile = tileAt(this.tiles(), ...this.#point(event));
    if (!tile || !this.over) return;
    this.#stroke = { id: event.pointerId, tile };
    this.hand?.begin(this.over, event.button === ERASER);
  }

  /** Takes back what a finger has begun when a second one comes: both leaf through slices. */
  #stop() {
    if (this.#stroke) this.hand?.cancel();
    this.#stroke = null;
    this.#drag = null;
  }

  #leave() {
    if (this.#stroke) return;
    this.over = null;
    this.redraw();
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const [x, y] = this.#point(event);
    this.#hover(x, y);
    if (this.#stroke?.id === event.pointerId) {
      return this.hand?.move(voxelAt(this.#stroke.tile, this.desk.size, x, y));
    }
    const drag = this.#drag;
    if (drag?.id !== event.pointerId) return;
    const [right, down] = [x - drag.x, y - drag.y];
    drag.moved ||= Math.hypot(right, down) > STILL;
    if (!drag.moved) return;
    if (drag.kind === "window") {
      const usual = this.desk.usual[this.desk.channel];
      this.desk.setWindow(dragged(drag.window, usual, right, down));
    } else if (drag.kind === "pan") {
      this.desk.set({ pan: [drag.pan[0] + right, drag.pan[1] + down] });
    } else this.desk.go(drag.slice + Math.round(-down / SWIPE_STEP));
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    if (this.#stroke?.id === event.pointerId) {
      this.#stroke = null;
      return this.hand?.end();
    }
    const drag = this.#drag;
    this.#drag = null;
    if (!drag || drag.moved || !this.desk.three) return;
    const [x, y] = this.#point(event);
    const tile = tileAt(this.tiles(), x, y);
    if (tile) this.desk.goTo(voxelAt(tile, this.desk.size, x, y));
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #hover(x, y) {
    const tile = tileAt(this.tiles(), x, y);
    this.over = tile?.plane === "axial" ? voxelAt(tile, this.desk.size, x, y) : null;
    if (this.desk.rulerFrom || this.desk.tool) this.redraw();
  }

  /** First click of a length, or its second. */
  #measure() {
    const { rulerFrom: from, rulers } = this.desk;
    if (!this.over) return;
    if (!from || from[2] !== this.over[2]) {
      this.desk.set({ rulerFrom: this.over });
      return;
    }
    const ruler = { plane: /** @type {const} */ ("axial"), from, to: this.over };
    this.desk.set({ rulerFrom: null, rulers: [...rulers, ruler] });
  }
}
