/** An outline under a doctor's hand: the mask, every step back and forth, what was drawn where. */

import { History } from "../draw/history.js";
import { voxels } from "../grid/grid.js";
import { voxelCount } from "../measure/measures.js";

/** @typedef {import("../draw/brush.js").Stroke} Stroke */
/** @typedef {import("../draw/grow.js").Growth} Growth */
/** @typedef {import("../draw/mask.js").Mask} Mask */
/** @typedef {import("../grid/grid.js").Box} Box */
/** @typedef {import("../grid/grid.js").Triple} Triple */

/** @typedef {{slices: number[], byHand: boolean}} Step Axial slices that it drew on or made. */

const AXIAL = 2;

export class Sheet {
  /** @type {Step[]} */
  #done = [];
  /** @type {Step[]} */
  #undone = [];
  #history;
  #counts;
  #open = false;

  /**
   * @param {Mask} mask Of 0 and 1.
   * @param {string} base What it began with: `model`, `empty`, or the id of a version.
   * @param {string} hash SHA-256 of the values that it began with.
   * @param {() => void} edited Called after every whole step.
   */
  constructor(mask, base, hash, edited) {
    this.mask = mask;
    this.base = base;
    this.hash = hash;
    this.edited = edited;
    this.#history = new History(mask);
    this.#counts = Array.from({ length: mask.size[AXIAL] }, (_, slice) => this.#count(slice));
    const before = touchedInPart(mask);
    if (before.length > 0) this.#done.push({ slices: before, byHand: true });
  }

  /** Number of voxels inside. */
  get voxels() {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  /** Slices that were drawn on by hand and not made anew since, rising. */
  get drawn() {
    /** @type {Set<number>} */
    const found = new Set();
    for (const { slices, byHand } of this.#done) {
      for (const slice of slices) {
        if (byHand) found.add(slice);
        else found.delete(slice);
      }
    }
    return [...found].sort((a, b) => a - b);
  }

  /** Begins a stroke: all of it is one step. */
  begin() {
    this.#history.begin();
    this.#open = true;
  }

  /**
   * @param {Stroke} stroke A piece of the stroke that was begun.
   * @param {boolean} erases
   */
  paint(stroke, erases) {
    // A key may have ended the stroke while the pointer is still down.
    if (!this.#open) return;
    this.#recount(erases ? this.mask.erase(stroke) : this.mask.brush(stroke));
  }

  /** Ends the stroke, if there is one. */
  end() {
    if (!this.#open) return;
    this.#open = false;
    this.#note(this.#history.commit());
  }

  /** Takes the stroke back as if it had never begun. */
  cancel() {
    if (!this.#open) return;
    this.#open = false;
    this.#recount(this.#history.cancel());
  }

  /**
   * Fills what outlines enclose on a slice.
   * @param {number} slice
   * @returns {boolean} Whether there was anything to fill.
   */
  fill(slice) {
    return this.#edit(() => this.mask.fillHoles(AXIAL, slice));
  }

  /**
   * @param {Uint8Array | Int16Array} intensities
   * @param {Growth} growth
   */
  grow(intensities, growth) {
    return this.#edit(() => this.mask.grow(intensities, growth));
  }

  /**
   * Makes the slices between those drawn by hand anew.
   * @returns {{made: number[], empty: number[]} | null} Null where fewer than two are drawn.
   */
  interpolate() {
    this.end();
    const { drawn } = this;
    const shaped = drawn.filter((slice) => this.#counts[slice] > 0);
    if (shaped.length < 2) return null;
    /** @type {{slices: number[], empty: number[]}} */
    let found = { slices: [], empty: [] };
    const box = this.#history.edit(() => {
      found = this.mask.interpolate(AXIAL, 1, shaped);
    });
    this.#recount(box);
    if (box) this.#keep({ slices: found.slices, byHand: false });
    return { made: found.slices, empty: found.empty };
  }

  /** @returns {boolean} Whether there was anything to take back. */
  undo() {
    if (this.#open) {
      this.cancel();
      return true;
    }
    const box = this.#history.undo();
    if (!box) return false;
    this.#undone.push(/** @type {Step} */ (this.#done.pop()));
    this.#recount(box);
    this.edited();
    return true;
  }

  /** @returns {boolean} Whether there was anything to do again. */
  redo() {
    this.end();
    const box = this.#history.redo();
    if (!box) return false;
    this.#done.push(/** @type {Step} */ (this.#undone.pop()));
    this.#recount(box);
    this.edited();
    return true;
  }

  /** @param {() => void} work */
  #edit(work) {
    this.end();
    return this.#note(this.#history.edit(work));
  }

  /** @param {Box | null} box Where a step by hand changed something. */
  #note(box) {
    if (!box) return false;
    this.#recount(box);
    const [first, last] = [box.lo[AXIAL], box.hi[AXIAL]];
    const slices = Array.from({ length: last - first + 1 }, (_, place) => first + place);
    this.#keep({ slices, byHand: true });
    return true;
  }

  /** @param {Step} step */
  #keep(step) {
    this.#done.push(step);
    this.#undone = [];
    this.edited();
  }

  /** @param {Box | null} box */
  #recount(box) {
    if (!box) return;
    for (let slice = box.lo[AXIAL]; slice <= box.hi[AXIAL]; slice++) {
      this.#counts[slice] = this.#count(slice);
    }
  }

  /** @param {number} slice */
  #count(slice) {
    return voxelCount(planeOf(this.mask.data, this.mask.size, slice));
  }
}

/**
 * @param {Uint8Array} data
 * @param {Triple} size
 * @param {number} slice
 */
function planeOf(data, size, slice) {
  const plane = size[0] * size[1];
  return data.subarray(slice * plane, (slice + 1) * plane);
}

/**
 * Slices that somebody has drawn on: those made between others are touched as a whole.
 * @param {Mask} mask
 */
function touchedInPart({ size, touched }) {
  const plane = size[0] * size[1];
  const counts = new Array(size[AXIAL]).fill(0);
  for (let index = 0; index < voxels(size); index++) {
    counts[Math.trunc(index / plane)] += touched.has(index);
  }
  return counts.flatMap((count, slice) => (count > 0 && count < plane ? [slice] : []));
}
