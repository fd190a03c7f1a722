/** The border of a mask on one slice as lines along the edges of its pixels. */

/**
 * Lines (x1, y1, x2, y2) between corners of pixels, as long as they go straight: across first, then
 * down.
 * @param {Uint8Array} picture Row by row; inside is what is not 0.
 * @param {number} width
 */
export function edges(picture, width) {
  const height = picture.length / width;
  const inside = (/** @type {number} */ x, /** @type {number} */ y) =>
    x >= 0 && y >= 0 && x < width && y < height && picture[y * width + x] > 0;
  /** @type {number[]} */
  const found = [];
  for (let y = 0; y <= height; y++) {
    runs(width, (x) => inside(x, y) !== inside(x, y - 1), (x1, x2) => found.push(x1, y, x2, y));
  }
  for (let x = 0; x <= width; x++) {
    runs(height, (y) => inside(x, y) !== inside(x - 1, y), (y1, y2) => found.push(x, y1, x, y2));
  }
  return found;
}

/**
 * @param {number} count
 * @param {(at: number) => boolean} holds
 * @param {(from: number, to: number) => void} visit
 */
function runs(count, holds, visit) {
  for (let at = 0; at < count; at++) {
    if (!holds(at)) continue;
    const from = at;
    while (at < count && holds(at)) at++;
    visit(from, at);
  }
}
