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

/**
 * The same lines as closed ways round, so that they can be drawn in dashes.
 * @param {number[]} lines As `edges` gives them.
 * @returns {[number, number][][]} Corners of each.
 */
export function loops(lines) {
  const ends = joints(lines);
  /** @type {Set<number>} Lines that a way has passed. */
  const passed = new Set();
  const found = [];
  for (let first = 0; first < lines.length; first += 4) {
    if (passed.has(first)) continue;
    /** @type {[number, number][]} */
    const loop = [];
    let [x, y] = [lines[first], lines[first + 1]];
    for (let at = first; at >= 0; at = next(ends, passed, x, y)) {
      passed.add(at);
      loop.push([x, y]);
      const there = lines[at] === x && lines[at + 1] === y ? 2 : 0;
      [x, y] = [lines[at + there], lines[at + there + 1]];
    }
    found.push(loop);
  }
  return found;
}

/**
 * Which lines end at each corner.
 * @param {number[]} lines
 */
function joints(lines) {
  /** @type {Map<string, number[]>} */
  const ends = new Map();
  for (let at = 0; at < lines.length; at += 4) {
    for (const end of [0, 2]) {
      const corner = `${lines[at + end]} ${lines[at + end + 1]}`;
      ends.set(corner, [...(ends.get(corner) ?? []), at]);
    }
  }
  return ends;
}

/**
 * A line at a corner that no way has passed; -1 where the way is closed.
 * @param {Map<string, number[]>} ends
 * @param {Set<number>} passed
 * @param {number} x
 * @param {number} y
 */
function next(ends, passed, x, y) {
  return ends.get(`${x} ${y}`)?.find((at) => !passed.has(at)) ?? -1;
}
