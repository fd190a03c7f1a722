/** Pictures of slices as the server draws them, for volumes that are too large to be fetched. */

/** @typedef {import("../grid/geometry.js").Plane} Plane */
/** @typedef {import("./windows.js").Window} Window */

const KEPT = 60;

export class ServerPictures {
  /** @type {Map<string, HTMLImageElement>} */
  #asked = new Map();
  /** @type {HTMLImageElement | null} */
  #last = null;

  /**
   * @param {string} base Address of the study in the API.
   * @param {() => void} arrived Called when a picture has come that was not there when asked for.
   */
  constructor(base, arrived) {
    this.base = base;
    this.arrived = arrived;
  }

  /** Volumes are not needed here. */
  add() {}

  /**
   * The picture of a slice; while it is on the way the last one that came, else null.
   * @param {string} channel
   * @param {Plane} plane
   * @param {number} slice
   * @param {Window} window
   */
  get(channel, plane, slice, window) {
    const [low, high] = [window.low, window.high].map(Math.round);
    const query = new URLSearchParams({ channel, plane, low: `${low}`, high: `${high}` });
    const address = `${this.base}/slices/${slice}.png?${query}&outline=false`;
    const image = this.#asked.get(address) ?? this.#ask(address);
    if (image.complete && image.naturalWidth > 0) this.#last = image;
    return this.#last;
  }

  /** @param {string} address */
  #ask(address) {
    const image = new Image();
    image.addEventListener("load", this.arrived);
    image.src = address;
    this.#asked.set(address, image);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > KEPT) this.#asked.delete(oldest);
    return image;
  }
}
