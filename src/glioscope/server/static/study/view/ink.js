/** Lines and letters that are seen on white and on black, and what their colours mean. */

/** The model's outline; a doctor's outline and lengths; what the model is not sure of. */
export const MODEL = "#ff8c28";
export const OWN = "#35d6e8";
export const POSSIBLE = "#ffd27a";
const DARK = "rgba(0, 0, 0, 0.65)";

/**
 * A line that is seen on white and on black.
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D} path
 * @param {string} colour
 * @param {number} width
 */
export function stroke(context, path, colour, width) {
  context.lineCap = "round";
  context.strokeStyle = DARK;
  context.lineWidth = width + 1.5;
  context.stroke(path);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke(path);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 */
export function write(context, text, x, y, colour) {
  context.strokeStyle = DARK;
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
