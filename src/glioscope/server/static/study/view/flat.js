/** The view that needs no WebGL2: slices on a plain canvas. */

import { pictureOf } from "../grid/geometry.js";
import { tiles } from "./layout.js";

/** @typedef {import("./layout.js").Tile} Tile */
/** @typedef {import("../grid/geometry.js").Plane} Plane */
/** @typedef {import("./windows.js").Window} Window */
/** @typedef {import("../grid/nifti.js").Volume} Volume */
/** @typedef {import("../desk.js").Desk} Desk */

/**
 * Draws the grey of slices; outlines and letters lie above it and are the same for every view.
 * @typedef {object} View
 * @property {string} name
 * @property {(channel: string, volume: Volume) => void | Promise<void>} add
 * @property {(desk: Desk, width: number, height: number) => {tiles: Tile[], whole: boolean}} draw
 *   In CSS pixels; `whole` tells whether all that is to be seen has come.
 */

/**
 * @typedef {object} Pictures
 * @property {(channel: string, volume: Volume) => void} add
 * @property {(channel: string, plane: Plane, slice: number, window: Window) =>
 *   CanvasImageSource | null} get
 */

/** @implements {View} */
export class FlatView {
  name = "flat";

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Pictures} pictures
   */
  constructor(canvas, pictures) {
    this.canvas = canvas;
    this.pictures = pictures;
  }

  /**
   * @param {string} channel
   * @param {Volume} volume
   */
  add(channel, volume) {
    this.pictures.add(channel, volume);
  }

  /**
   * @param {Desk} desk
   * @param {number} width
   * @param {number} height
   */
  draw(desk, width, height) {
    const context = fitted(this.canvas, width, height);
    const all = tiles(desk, width, height);
    let whole = true;
    for (const tile of all) {
      const { plane, slice } = tile;
      const picture = this.pictures.get(desk.channel, plane, slice, desk.window);
      if (picture) place(context, picture, tile, desk);
      else whole = false;
    }
    return { tiles: all, whole };
  }
}

/**
 * The context of a canvas that is as sharp as the screen, empty, in CSS pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function fitted(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {CanvasImageSource} picture
 * @param {Tile} tile
 * @param {Desk} desk
 */
function place(context, picture, tile, desk) {
  const { width, height } = pictureOf(tile.plane, desk.size, desk.spacing);
  const { x, y, width: wide, height: high } = tile.area;
  context.save();
  context.beginPath();
  context.rect(x, y, wide, high);
  context.clip();
  context.imageSmoothingQuality = "high";
  const [across, down] = [width * tile.scaleX, height * tile.scaleY];
  context.drawImage(picture, tile.left, tile.top, across, down);
  context.restore();
}
