/** How long a study was looked at: only while its page is in sight. */

export class Watch {
  #before = 0;
  #since;

  /** @param {() => number} now In ms. */
  constructor(now = () => performance.now()) {
    this.now = now;
    this.#since = now();
  }

  /** @param {boolean} inSight */
  turn(inSight) {
    if (!inSight) this.#before = this.seconds * 1000;
    this.#since = inSight ? this.now() : Infinity;
  }

  get seconds() {
    const going = Math.max(0, this.now() - this.#since);
    return Math.round((this.#before + going) / 1000);
  }
}
