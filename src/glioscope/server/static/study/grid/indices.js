/** Voxel indices by the million, without the cost of an array of objects. */

/**
 * The indices for which `wanted` holds; a typed array's own `filter` takes many times as long.
 * @param {Int32Array} indices
 * @param {(index: number) => boolean} wanted
 */
export function kept(indices, wanted) {
  const found = new Int32Array(indices.length);
  let count = 0;
  for (let place = 0; place < indices.length; place++) {
    if (wanted(indices[place])) found[count++] = indices[place];
  }
  return found.subarray(0, count);
}

/** A list that grows. */
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
