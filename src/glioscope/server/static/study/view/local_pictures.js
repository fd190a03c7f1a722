/** Pictures of slices from volumes that the browser holds. */

import { pictureFrom, pictureOf } from "../grid/geometry.js";

/** @typedef {import("../grid/geometry.js").Plane} Plane */
/** @typedef {import("../grid/nifti.js").Volume} Volume */
/** @typedef {import("./windows.js").Window} Window */

const KEPT = 8;

export class LocalPictures {
  /** @type {Map<string, HTMLCanvasElement>} */
  #made = new Map();
  /** @type {Map<string, Volume>} */
  #volumes = new Map();

  /**
   * @param {string} channel
   * @param {Volume} volume
   */
  add(channel, volume) {
    this.#volumes.set(channel, volume);
  }

  /**
   * The picture of a slice; null while its sequence is on the way.
   * @param {string} channel
   * @param {Plane} plane
   * @param {number} slice
   * @param {Window} window
   */
  get(channel, plane, slice, window) {
    const volume = this.#volumes.get(channel);
    if (!volume) return null;
    const key = [channel, plane, slice, window.low, window.high].join(" ");
    const made = this.#made.get(key) ?? draw(volume, plane, slice, window);
    this.#made.delete(key);
    this.#made.set(key, made);
    const [oldest] = this.#made.keys();
    if (this.#made.size > KEPT) this.#made.delete(oldest);
    return made;
  }
}

/**
 * @param {Volume} volume
 * @param {Plane} plane
 * @param {number} slice
 * @param {Window} window
 */
function draw(volume, plane, slice, window) {
  const { width, height } = pictureOf(plane, volume.size, volume.spacing);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pixels = new ImageData(width, height);
  const shades = new Uint32Array(pixels.data.buffer);
  const scale = 255 / Math.max(window.high - window.low, 1e-6);
  pictureFrom(volume.data, volume.size, plane, slice).forEach((value, at) => {
    const grey = Math.min(255, Math.max(0, Math.round((value - window.low) * scale)));
    shades[at] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  });
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return canvas;
}
