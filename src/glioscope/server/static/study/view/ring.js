/** What the pointer carries over the picture while one draws. */

import { t } from "../../texts.js";
import { OWN, stroke, write } from "./ink.js";
import { screenAt } from "./layout.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("./layout.js").Tile} Tile */

/**
 * A ring of the brush's size, dashed for the eraser, with its size beside it; a cross where growing
 * begins.
 * @param {CanvasRenderingContext2D} context
 * @param {Desk} desk
 * @param {Tile} tile
 * @param {Triple} pointer
 */
export function drawTool(context, desk, tile, pointer) {
  const [x, y] = screenAt(tile, desk.size, pointer);
  const path = new Path2D();
  if (desk.tool === "grow") {
    path.moveTo(x - 9, y);
    path.lineTo(x + 9, y);
    path.moveTo(x, y - 9);
    path.lineTo(x, y + 9);
    return stroke(context, path, OWN, 1.5);
  }
  const radius = (desk.brushMm / 2) * tile.zoom;
  path.arc(x, y, radius, 0, 2 * Math.PI);
  if (desk.tool === "eraser") context.setLineDash([4, 3]);
  stroke(context, path, OWN, 1.25);
  context.setLineDash([]);
  const unit = t(desk.nominal ? "page.study.unit.px" : "page.study.unit.mm");
  write(context, `${desk.brushMm} ${unit}`, x + radius * 0.75 + 6, y + radius * 0.75 + 12, OWN);
}
