/** A volume of lesion labels that a doctor edits. */

import { covered } from "./brush.js";
import { holes } from "./fill.js";
import { boxAround, join, voxels } from "../grid/grid.js";
import { grown } from "./grow.js";
import { kept } from "../grid/indices.js";
import { between } from "./interpolate.js";
import { sliceCounts } from "../measure/measures.js";
import { frameOf, sliceIndices } from "../grid/slices.js";
import { Touched } from "./touched.js";

/** @typedef {import("./brush.js").Stroke} Stroke */
/** @typedef {import("../grid/grid.js").Axis} Axis */
/** @typedef {import("../grid/grid.js").Box} Box */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("./grow.js").Growth} Growth */
/** @typedef {import("./journal.js").Journal} Journal */

/**
 * Voxel (i, j, k) in RAS order is `data[i + ni * (j + nj * k)]`: 0 for nothing, 1 to 255 for a
 * lesion. Every method that edits says in which box values changed, or null when none did. What
 * it decides on counts as touched by hand, changed or not.
 */
export class Mask {
  /**
   * @param {Triple} size
   * @param {Triple} spacing Distance between voxel centres in mm.
   * @param {Uint8Array} [data] Taken over, not copied.
   * @param {Uint8Array} [touched] Bits of `Touched`.
   */
  constructor(size, spacing, data = new Uint8Array(voxels(size)), touched = undefined) {
    if (data.length !== voxels(size)) {
      throw new RangeError(`${data.length} values for a grid of ${size.join(" × ")}`);
    }
    this.size = size;
    this.spacing = spacing;
    this.data = data;
    this.touched = new Touched(data.length, touched);
    /** @type {Journal | null} Keeps what voxels were while an edit is open. */
    this.journal = null;
  }

  /**
   * Paints a piece of a stroke.
   * @param {Stroke} stroke
   * @param {number} [label]
   */
  brush(stroke, label = 1) {
    return this.#write(covered(this.size, this.spacing, stroke), label);
  }

  /**
   * Wipes along a piece of a stroke, whatever the label.
   * @param {Stroke} stroke
   */
  erase(stroke) {
    return this.brush(stroke, 0);
  }

  /**
   * Fills what contours of a label enclose on a slice.
   * @param {Axis} axis
   * @param {number} slice
   * @param {number} [label]
   */
  fillHoles(axis, slice, label = 1) {
    return this.#write(holes(this.data, this.size, axis, slice, label), label);
  }

  /**
   * Grows a region from a seed over voxels that are about as bright; other lesions stay.
   * @param {Uint8Array | Int16Array} intensities On the same grid.
   * @param {Growth} growth
   * @param {number} [label]
   */
  grow(intensities, growth, label = 1) {
    this.#onGrid(intensities);
    const free = this.#freeFor(label);
    return this.#write(grown(intensities, this.size, this.spacing, growth, free), label);
  }

  /**
   * Makes the slices between drawn ones anew from those; other lesions stay.
   * @param {Axis} axis
   * @param {number} [label]
   * @param {number[]} [drawn] The slices to keep: all that hold the label when left out.
   * @returns {{box: Box | null, slices: number[], empty: number[]}} `slices` were made, and count
   *   as touched as a whole; `empty` ones were left alone: nothing came out, because the shapes on
   *   both sides do not overlap.
   */
  interpolate(axis, label = 1, drawn = this.#slicesWith(axis, label)) {
    const all = between(this.data, this.size, this.spacing, axis, label, drawn);
    const made = all.filter(({ shape }) => shape.length > 0);
    const empty = all.filter(({ shape }) => shape.length === 0).map(({ slice }) => slice);
    /** @type {Box | null} */
    let box = null;
    for (const { slice, shape } of made) {
      box = join(box, this.clearSlice(axis, slice, label));
      box = join(box, this.#write(kept(shape, this.#freeFor(label)), label));
    }
    return { box, slices: made.map(({ slice }) => slice), empty };
  }

  /**
   * Empties a slice of a label, or of all labels.
   * @param {Axis} axis
   * @param {number} slice
   * @param {number} [label]
   */
  clearSlice(axis, slice, label) {
    const wanted = label === undefined ? () => true : this.#freeFor(label);
    return this.#write(sliceIndices(frameOf(this.size, axis, slice), wanted), 0);
  }

  /**
   * Label and touch of a voxel as one number.
   * @param {number} index
   */
  stateOf(index) {
    return this.data[index] | (this.touched.has(index) << 8);
  }

  /**
   * Puts back a state of neighbours in the array, past any journal.
   * @param {number} start
   * @param {number} length
   * @param {number} state
   */
  restore(start, length, state) {
    this.data.fill(state & 255, start, start + length);
    for (let index = start; index < start + length; index++) this.touched.set(index, state >> 8);
  }

  /**
   * @param {Int32Array} indices
   * @param {number} label
   */
  #write(indices, label) {
    if (!(Number.isInteger(label) && label >= 0 && label <= 255)) {
      throw new RangeError(`label ${label}`);
    }
    const changed = kept(indices, (index) => this.data[index] !== label);
    for (const index of indices) {
      this.journal?.note(index, this.stateOf(index));
      this.data[index] = label;
      this.touched.set(index, 1);
    }
    return boxAround(this.size, changed);
  }

  /**
   * Whether a voxel is empty or has the label: it may be given to it or taken from it.
   * @param {number} label
   */
  #freeFor(label) {
    return (/** @type {number} */ at) => this.data[at] === 0 || this.data[at] === label;
  }

  /**
   * @param {Axis} axis
   * @param {number} label
   */
  #slicesWith(axis, label) {
    const counts = sliceCounts(this.data, this.size, axis, label);
    return counts.flatMap((count, slice) => (count > 0 ? [slice] : []));
  }

  /** @param {Uint8Array | Int16Array} volume */
  #onGrid(volume) {
    if (volume.length !== this.data.length) {
      throw new RangeError(`${volume.length} values beside a mask of ${this.data.length}`);
    }
  }
}
