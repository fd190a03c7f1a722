/** What the page shows at the moment, and every change of it. */

import { LAYOUTS } from "./grid/geometry.js";
import { preset } from "./view/windows.js";

/** @typedef {import("./grid/geometry.js").Plane} Plane */
/** @typedef {import("./grid/grid.js").Triple} Triple */
/** @typedef {import("./view/windows.js").Window} Window */

/**
 * `view.json` of a result.
 * @typedef {object} Facts
 * @property {Triple} shape
 * @property {Triple} spacing
 * @property {[import("./prior/positions.js").Row, import("./prior/positions.js").Row,
 *   import("./prior/positions.js").Row]} affine From voxels to mm of the scanner.
 * @property {boolean} nominal
 * @property {string[]} channels
 * @property {Record<string, [number, number]>} window
 * @property {string[]} slice_names
 * @property {import("./result/threshold.js").Rule | null} [rule]
 * @property {Record<string,
 *   {conclusion: string, basis?: string, notices: string[], slices: string[]}>} [said]
 */

/** @typedef {{plane: Plane, from: Triple, to: Triple}} Ruler Between voxel coordinates. */
/** @typedef {"brush" | "eraser" | "grow"} Tool What a press on the picture does. */

const MOST_ZOOM = 12;
/** Diameters of the brush in mm. */
const BRUSHES = [1, 2, 3, 4, 6, 8, 11, 15, 20, 28, 40];
/** Tolerances of growing, as shares of the window. */
const TOLERANCES = [0.03, 0.05, 0.08, 0.12, 0.17, 0.23, 0.3, 0.4];

export class Desk {
  /** @type {(() => void)[]} */
  #listeners = [];

  /** @param {Facts} facts */
  constructor(facts) {
    this.size = facts.shape;
    this.spacing = facts.spacing;
    this.nominal = facts.nominal;
    this.channels = facts.channels;
    /** @type {Record<string, Window>} */
    this.usual = {};
    for (const [name, [low, high]] of Object.entries(facts.window)) {
      this.usual[name] = { low, high };
    }
    /** @type {Record<string, Window>} */
    this.windows = { ...this.usual };
    this.channel = "flair";
    /** @type {Triple} */
    this.at = middle(facts.shape);
    this.three = false;
    this.zoom = 1;
    /** @type {[number, number]} */
    this.pan = [0, 0];
    this.outline = true;
    this.modelShown = true;
    this.ownShown = true;
    this.fill = 0;
    this.measuring = false;
    /** @type {Tool | null} */
    this.tool = null;
    this.brushMm = 8;
    this.around = 0;
    this.tolerance = 0.12;
    /** @type {Triple | null} */
    this.rulerFrom = null;
    /** @type {Ruler[]} */
    this.rulers = [];
    /** @type {Uint8Array | null} The model's labels on the grid; 0 outside of the outline. */
    this.mask = null;
    /** @type {Uint8Array | null} 3 sure, 2 outlined, 1 possible; null where it gives none. */
    this.bounds = null;
    this.boundsShown = true;
    /** @type {Uint8Array | null} A doctor's. */
    this.own = null;
    /** @type {{a: Uint8Array, b: Uint8Array} | null} Two that are compared, in place of both. */
    this.pair = null;
    /** @type {Ruler[]} Diameters of its findings. */
    this.ownDiameters = [];
  }

  get slice() {
    return this.at[2];
  }

  get window() {
    return this.windows[this.channel];
  }

  /** @param {() => void} listener Called after every change. */
  watch(listener) {
    this.#listeners.push(listener);
  }

  /** @param {Partial<Desk>} changes */
  set(changes) {
    Object.assign(this, changes);
    for (const listener of this.#listeners) listener();
  }

  /**
   * Shows a slice; one beyond the ends is the last.
   * @param {number} slice
   * @param {Plane} [plane]
   */
  go(slice, plane = "axial") {
    const { axis } = LAYOUTS[plane];
    const at = /** @type {Triple} */ ([...this.at]);
    at[axis] = Math.min(this.size[axis] - 1, Math.max(0, Math.round(slice)));
    if (at[axis] !== this.at[axis]) this.set({ at });
  }

  /**
   * @param {number} steps
   * @param {Plane} [plane]
   */
  step(steps, plane = "axial") {
    this.go(this.at[LAYOUTS[plane].axis] + steps, plane);
  }

  /** @param {Triple} voxel */
  goTo(voxel) {
    const inside = (/** @type {number} */ at, /** @type {number} */ axis) =>
      Math.min(this.size[axis] - 1, Math.max(0, Math.round(at)));
    this.set({ at: /** @type {Triple} */ (voxel.map(inside)) });
  }

  /** @param {string} channel */
  show(channel) {
    if (this.channels.includes(channel)) this.set({ channel });
  }

  /** @param {Window} window */
  setWindow(window) {
    this.set({ windows: { ...this.windows, [this.channel]: window } });
  }

  /** @param {number} number 1 to 5. */
  setPreset(number) {
    this.setWindow(preset(number, this.usual[this.channel]));
  }

  /** @param {Tool} tool The same again puts it away. */
  take(tool) {
    const same = this.tool === tool;
    this.set({ tool: same ? null : tool, measuring: false, rulerFrom: null });
  }

  /** @param {1 | -1} direction Of the brush, or of the tolerance while that is what counts. */
  resize(direction) {
    if (this.tool === "grow") {
      this.set({ tolerance: next(TOLERANCES, this.tolerance, direction) });
    } else this.set({ brushMm: next(BRUSHES, this.brushMm, direction) });
  }

  /**
   * @param {number} factor
   * @param {(factor: number) => [number, number]} panFor The pan that belongs to a true factor.
   */
  zoomBy(factor, panFor) {
    const zoom = Math.min(MOST_ZOOM, Math.max(1, this.zoom * factor));
    const pan = panFor(zoom / this.zoom);
    this.set({ zoom, pan: zoom === 1 ? [0, 0] : pan });
  }

  /** Window, zoom, outlines and rulers as at the start; slice, sequence and tool stay. */
  reset() {
    this.set({
      windows: { ...this.usual },
      zoom: 1,
      pan: [0, 0],
      outline: true,
      modelShown: true,
      boundsShown: true,
      ownShown: true,
      fill: 0,
      measuring: false,
      rulerFrom: null,
      rulers: [],
    });
  }
}

/**
 * @param {Triple} size
 * @returns {Triple}
 */
function middle(size) {
  return /** @type {Triple} */ (size.map((count) => Math.floor(count / 2)));
}

/**
 * @param {number[]} all Rising.
 * @param {number} now One of them.
 * @param {1 | -1} direction
 */
function next(all, now, direction) {
  return all[Math.min(all.length - 1, Math.max(0, all.indexOf(now) + direction))];
}
