/** What lies above the grey in every view: outline, boxes, letters, scale bar, cross, lengths. */

import { decimal } from "../../format.js";
import { t } from "../../texts.js";
import { drawModel, drawOutline } from "./borders.js";
import { fitted } from "./flat.js";
import { MODEL, OWN, POSSIBLE, stroke, write } from "./ink.js";
import { LAYOUTS } from "../grid/geometry.js";
import { barMm, screenAt } from "./layout.js";
import { drawTool } from "./ring.js";
import { apart } from "../measure/labels.js";
import { lengthOf } from "../measure/ruler.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../desk.js").Ruler} Ruler */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("../measure/labels.js").Label} Label */
/** @typedef {import("./layout.js").Tile} Tile */
/** @typedef {[number, number, number, number]} Box Columns and rows of a picture, half-open. */

/**
 * @typedef {object} Marks What the analysis says of slices.
 * @property {(slice: number) => Box[]} boxes Regions worth a second look.
 * @property {(slice: number) => Ruler[]} diameters
 */

const DASHES = [7, 5];
const FONT = "12px system-ui, 'Segoe UI', Arial, sans-serif";

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Desk} desk
 * @param {Tile[]} all
 * @param {Marks} marks
 * @param {Triple | null} pointer Voxel under the pointer, where a length that is begun ends.
 */
export function drawOverlay(canvas, desk, all, marks, pointer) {
  const context = fitted(canvas, canvas.clientWidth, canvas.clientHeight);
  context.font = FONT;
  for (const tile of all) {
    context.save();
    const { x, y, width, height } = tile.area;
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    /** @type {Label[]} */
    const labels = [];
    if (desk.outline) labels.push(...drawMarks(context, desk, tile, marks));
    if (desk.three) drawCross(context, desk, tile);
    if (desk.tool && pointer && tile.plane === "axial") drawTool(context, desk, tile, pointer);
    labels.push(...drawRulers(context, desk, tile, ownRulers(desk, pointer), OWN));
    for (const label of apart(labels, tile.area)) {
      write(context, label.text, label.x, label.y + 4, label.colour);
    }
    drawLetters(context, tile);
    if (!desk.nominal) drawBar(context, tile);
    context.restore();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Desk} desk
 * @param {Tile} tile
 * @param {Marks} marks
 * @returns {Label[]} Of the diameters.
 */
function drawMarks(context, desk, tile, marks) {
  if (desk.pair) {
    drawOutline(context, desk, tile, desk.pair.a, MODEL);
    drawOutline(context, desk, tile, desk.pair.b, OWN, DASHES);
    return [];
  }
  if (desk.modelShown) drawModel(context, desk, tile);
  const own = desk.own && desk.ownShown ? drawOwn(context, desk, tile, desk.own) : [];
  if (tile.plane !== "axial" || !desk.modelShown) return own;
  context.setLineDash([5, 4]);
  for (const [x0, y0, x1, y1] of marks.boxes(tile.slice)) {
    const path = new Path2D();
    const { left, top, scaleX, scaleY } = tile;
    path.rect(left + x0 * scaleX, top + y0 * scaleY, (x1 - x0) * scaleX, (y1 - y0) * scaleY);
    stroke(context, path, POSSIBLE, 1.5);
  }
  context.setLineDash([]);
  return [...own, ...drawRulers(context, desk, tile, marks.diameters(tile.slice), MODEL)];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Desk} desk
 * @param {Tile} tile
 * @param {Uint8Array} mask
 */
function drawOwn(context, desk, tile, mask) {
  drawOutline(context, desk, tile, mask, OWN);
  return drawRulers(context, desk, tile, desk.ownDiameters, OWN);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Desk} desk
 * @param {Tile} tile
 */
function drawCross(context, desk, tile) {
  const [x, y] = screenAt(tile, desk.size, desk.at);
  const { area } = tile;
  const path = new Path2D();
  const gap = 14;
  path.moveTo(area.x, y);
  path.lineTo(x - gap, y);
  path.moveTo(x + gap, y);
  path.lineTo(area.x + area.width, y);
  path.moveTo(x, area.y);
  path.lineTo(x, y - gap);
  path.moveTo(x, y + gap);
  path.lineTo(x, area.y + area.height);
  context.strokeStyle = "rgba(150, 200, 255, 0.55)";
  context.lineWidth = 1;
  context.stroke(path);
}

/**
 * @param {Desk} desk
 * @param {Triple | null} pointer
 * @returns {Ruler[]}
 */
function ownRulers(desk, pointer) {
  if (!desk.rulerFrom || !pointer) return desk.rulers;
  return [...desk.rulers, { plane: "axial", from: desk.rulerFrom, to: pointer }];
}

/**
 * Draw those that lie on the slice.
 * @param {CanvasRenderingContext2D} context
 * @param {Desk} desk
 * @param {Tile} tile
 * @param {Ruler[]} rulers
 * @param {string} colour
 */
function drawRulers(context, desk, tile, rulers, colour) {
  const here = rulers.filter(
    ({ plane, from }) =>
      plane === tile.plane && Math.round(from[LAYOUTS[plane].axis]) === tile.slice,
  );
  return here.map((ruler) => drawRuler(context, desk, tile, ruler, colour));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Desk} desk
 * @param {Tile} tile
 * @param {Ruler} ruler
 * @param {string} colour
 * @returns {Label} Its length, to be written when all lengths are known.
 */
function drawRuler(context, desk, tile, { from, to }, colour) {
  const [[x1, y1], [x2, y2]] = [screenAt(tile, desk.size, from), screenAt(tile, desk.size, to)];
  const path = new Path2D();
  const [across, down] = [x2 - x1, y2 - y1];
  const length = Math.hypot(across, down) || 1;
  const [endX, endY] = [(-down / length) * 5, (across / length) * 5];
  path.moveTo(x1, y1);
  path.lineTo(x2, y2);
  for (const [x, y] of [[x1, y1], [x2, y2]]) {
    path.moveTo(x - endX, y - endY);
    path.lineTo(x + endX, y + endY);
  }
  stroke(context, path, colour, 1.25);
  const unit = t(desk.nominal ? "page.study.unit.px" : "page.study.unit.mm");
  const measured = lengthOf(from, to, desk.spacing, desk.nominal);
  const text = `${decimal(measured, 1)} ${unit}`;
  /** @type {[[number, number], [number, number]]} */
  const ends = [[x1, y1], [x2, y2]];
  const [left, right] = x2 > x1 ? ends : ends.reverse();
  return { text, colour, width: context.measureText(text).width, left, right };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Tile} tile
 */
function drawLetters(context, { plane, area: { x, y, width, height } }) {
  const { edges: sides } = LAYOUTS[plane];
  context.font = "600 15px system-ui, 'Segoe UI', Arial, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const light = "#e8ecf1";
  write(context, sides.left, x + 16, y + height / 2, light);
  write(context, sides.right, x + width - 16, y + height / 2, light);
  write(context, sides.top, x + width / 2, y + 16, light);
  write(context, sides.bottom, x + width / 2, y + height - 16, light);
  context.font = FONT;
  context.textAlign = "start";
  context.textBaseline = "alphabetic";
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Tile} tile
 */
function drawBar(context, { area, zoom }) {
  const mm = barMm(Math.min(area.width, 420), zoom);
  const [x, y] = [area.x + 14, area.y + area.height - 14];
  const path = new Path2D();
  path.moveTo(x, y - 5);
  path.lineTo(x, y);
  path.lineTo(x + mm * zoom, y);
  path.lineTo(x + mm * zoom, y - 5);
  stroke(context, path, "#e8ecf1", 1.5);
  const digits = mm < 1 ? 1 : 0;
  write(context, `${decimal(mm, digits)} ${t("page.study.unit.mm")}`, x + 4, y - 8, "#e8ecf1");
}
