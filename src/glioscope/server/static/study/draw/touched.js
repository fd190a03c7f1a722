/** Which voxels a doctor has decided on, one bit for each. */

export class Touched {
  /**
   * @param {number} count Number of voxels.
   * @param {Uint8Array} [bits] Voxel 8 n + b is bit b of byte n.
   */
  constructor(count, bits = new Uint8Array(Math.ceil(count / 8))) {
    if (bits.length !== Math.ceil(count / 8)) {
      throw new RangeError(`${bits.length} bytes of marks for ${count} voxels`);
    }
    this.bits = bits;
  }

  /** @param {number} index */
  has(index) {
    return (this.bits[index >> 3] >> (index & 7)) & 1;
  }

  /**
   * @param {number} index
   * @param {number} on 1 or 0.
   */
  set(index, on) {
    const bit = 1 << (index & 7);
    if (on) this.bits[index >> 3] |= bit;
    else this.bits[index >> 3] &= ~bit;
  }
}
