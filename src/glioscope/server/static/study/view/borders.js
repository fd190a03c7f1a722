/** Outlines on a picture: their borders, what they enclose, and how sure the model is of it. */

import { pictureFrom, pictureOf } from "../grid/geometry.js";
import { MODEL, stroke } from "./ink.js";
import { edges, loops } from "./outline.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("./layout.js").Tile} Tile */

const SURE = 3;
// Dashes around what is possibly tumour.
const POSSIBLY = [3, 4];

/**
 * The model's outline with its sure and its possible region, as far as they are there.
 * @param {CanvasRenderingContext2D} context
 * @param {Desk} desk
 * @param {Tile} tile
 */
export function drawModel(context, desk, tile) {
  if (!desk.mask) return;
  if (desk.bounds && desk.boundsShown) drawBounds(context, desk, tile, desk.bounds);
  drawOutline(context, desk, tile, desk.mask, MODEL);
}

/**
 * What is surely tumour, as a thin line, and what possibly is, in dashes.
 * @param {CanvasRenderingContext2D} context
 * @param {Desk} desk
 * @param {Tile} tile
 * @param {Uint8Array} levels
 */
function drawBounds(context, desk, tile, levels) {
  const { width } = pictureOf(tile.plane, desk.size, desk.spacing);
  const picture = pictureFrom(levels, desk.size, tile.plane, tile.slice);
  const sure = Uint8Array.from(picture, (level) => Number(level === SURE));
  drawBorder(context, tile, sure, width, MODEL, [], 0.75);
  drawBorder(context, tile, picture, width, MODEL, POSSIBLY, 1.25);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Desk} desk
 * @param {Tile} tile
 * @param {Uint8Array} mask
 * @param {string} colour
 * @param {number[]} [dashes]
 */
export function drawOutline(context, desk, tile, mask, colour, dashes = []) {
  const { width } = pictureOf(tile.plane, desk.size, desk.spacing);
  const picture = pictureFrom(mask, desk.size, tile.plane, tile.slice);
  if (desk.fill > 0) drawFill(context, tile, picture, width, desk.fill, colour);
  drawBorder(context, tile, picture, width, colour, dashes, 1.75);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Tile} tile
 * @param {Uint8Array} picture
 * @param {number} width
 * @param {string} colour
 * @param {number[]} dashes
 * @param {number} thick
 */
function drawBorder(context, tile, picture, width, colour, dashes, thick) {
  const path = new Path2D();
  for (const loop of loops(edges(picture, width))) {
    const [first, ...others] = loop.map(([x, y]) => cornerAt(tile, x, y));
    path.moveTo(...first);
    for (const corner of others) path.lineTo(...corner);
    path.closePath();
  }
  context.setLineDash(dashes);
  stroke(context, path, colour, thick);
  context.setLineDash([]);
}

/**
 * @param {Tile} tile
 * @param {number} x Corner of a pixel.
 * @param {number} y
 * @returns {[number, number]}
 */
function cornerAt({ left, top, scaleX, scaleY }, x, y) {
  return [left + x * scaleX, top + y * scaleY];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Tile} tile
 * @param {Uint8Array | Int16Array} picture
 * @param {number} width
 * @param {number} opacity
 * @param {string} colour
 */
function drawFill(context, { left, top, scaleX, scaleY }, picture, width, opacity, colour) {
  const path = new Path2D();
  picture.forEach((value, at) => {
    if (!value) return;
    const [column, row] = [at % width, Math.trunc(at / width)];
    path.rect(left + column * scaleX, top + row * scaleY, scaleX, scaleY);
  });
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.fill(path);
  context.globalAlpha = 1;
}
