/** What voxels were before an edit that is under way. */

import { boxAround, voxels } from "../grid/grid.js";
import { Indices, kept } from "../grid/indices.js";
import { packed } from "./runs.js";

/** @typedef {import("../grid/grid.js").Box} Box */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {{bytes: Uint8Array, box: Box}} Step One edit: its packed runs and where it lies. */

export class Journal {
  /** @param {Triple} size */
  constructor(size) {
    this.size = size;
    this.#before = new Uint16Array(voxels(size));
    this.#noted = new Uint8Array(voxels(size));
  }

  #before;
  #noted;
  #indices = new Indices();

  /**
   * Keeps the state of a voxel that is about to change; only the first within an edit counts.
   * @param {number} index
   * @param {number} state
   */
  note(index, state) {
    if (this.#noted[index]) return;
    this.#noted[index] = 1;
    this.#before[index] = state;
    this.#indices.push(index);
  }

  /**
   * The edit as a step, and an empty journal; null when all voxels are what they were.
   * @param {(index: number) => number} now State of a voxel.
   * @returns {Step | null}
   */
  take(now) {
    const before = (/** @type {number} */ index) => this.#before[index];
    const noted = this.#indices.view();
    for (const index of noted) this.#noted[index] = 0;
    this.#indices = new Indices();
    const changed = kept(noted, (index) => before(index) !== now(index)).sort();
    const box = boxAround(this.size, changed);
    return box && { bytes: packed(changed, before, now), box };
  }
}
