/** Undo and redo of every edit of a mask, within a bound of memory. */

import { Journal } from "./journal.js";
import { unpack } from "./runs.js";

/** @typedef {import("../grid/grid.js").Box} Box */
/** @typedef {import("./journal.js").Step} Step */
/** @typedef {import("./mask.js").Mask} Mask */

const MOST_BYTES = 64 * 2 ** 20;

/** What an edit costs beside its bytes, in objects: 375 bytes on Node 20. */
const STEP_BYTES = 400;

export class History {
  /**
   * @param {Mask} mask
   * @param {number} mostBytes The oldest edits fall off when all together need more.
   */
  constructor(mask, mostBytes = MOST_BYTES) {
    this.#mask = mask;
    this.#mostBytes = mostBytes;
    this.#journal = new Journal(mask.size);
  }

  #mask;
  #mostBytes;
  #journal;
  /** @type {Step[]} */
  #done = [];
  /** @type {Step[]} */
  #undone = [];
  #bytes = 0;

  /** Memory of all steps, in bytes. */
  get bytes() {
    return this.#bytes;
  }

  get canUndo() {
    return this.#open || this.#done.length > 0;
  }

  get canRedo() {
    return !this.#open && this.#undone.length > 0;
  }

  /** Opens an edit: all that is done to the mask until `commit` or `cancel` is one step. */
  begin() {
    if (this.#open) throw new Error("an edit is open already");
    this.#mask.journal = this.#journal;
  }

  /**
   * Closes the edit; one that changed nothing leaves no step.
   * @returns {Box | null} Where the mask changed.
   */
  commit() {
    const step = this.#close();
    if (!step) return null;
    for (const gone of this.#undone.splice(0)) this.#bytes -= cost(gone);
    this.#done.push(step);
    this.#bytes += cost(step);
    this.#forget();
    return step.box;
  }

  /**
   * Takes the open edit back as if it had never begun.
   * @returns {Box | null} Where the mask changed back.
   */
  cancel() {
    const step = this.#close();
    return step && this.#apply(step, false);
  }

  /**
   * Does an edit as one step; what it does before it throws is taken back.
   * @param {() => void} work
   */
  edit(work) {
    this.begin();
    try {
      work();
    } catch (error) {
      this.cancel();
      throw error;
    }
    return this.commit();
  }

  /**
   * Takes the last edit back: the open one if there is one.
   * @returns {Box | null} Where the mask changed; null when there was nothing to undo.
   */
  undo() {
    if (this.#open) return this.cancel();
    const step = this.#done.pop();
    if (!step) return null;
    this.#undone.push(step);
    return this.#apply(step, false);
  }

  /**
   * Does again what was undone last.
   * @returns {Box | null} Where the mask changed; null when there was nothing to redo.
   */
  redo() {
    const step = this.#open ? undefined : this.#undone.pop();
    if (!step) return null;
    this.#done.push(step);
    return this.#apply(step, true);
  }

  get #open() {
    return this.#mask.journal !== null;
  }

  #close() {
    if (!this.#open) throw new Error("no edit is open");
    this.#mask.journal = null;
    return this.#journal.take((index) => this.#mask.stateOf(index));
  }

  #forget() {
    let gone = 0;
    while (this.#bytes > this.#mostBytes) this.#bytes -= cost(this.#done[gone++]);
    this.#done.splice(0, gone);
  }

  /**
   * @param {Step} step
   * @param {boolean} forward
   */
  #apply(step, forward) {
    unpack(step.bytes, (start, length, before, after) => {
      this.#mask.restore(start, length, forward ? after : before);
    });
    return step.box;
  }
}

/** @param {Step} step */
function cost(step) {
  return step.bytes.length + STEP_BYTES;
}
