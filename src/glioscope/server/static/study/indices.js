/** A list of voxel indices that grows, without the cost of an array of objects. */

export class Indices {
  #held = new Int32Array(1024);
  length = 0;

  /** @param {number} index */
  push(index) {
    if (this.length === this.#held.length) this.#grow();
    this.#held[this.length++] = index;
  }

  /** @param {number} place */
  at(place) {
    return this.#held[place];
  }

  /** A view of what the list holds, good until the next push. */
  view() {
    return this.#held.subarray(0, this.length);
  }

  #grow() {
    const larger = new Int32Array(2 * this.#held.length);
    larger.set(this.#held);
    this.#held = larger;
  }
}
