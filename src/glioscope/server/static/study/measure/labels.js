/** Where the words beside lengths stand, so that none lies on another. */

/** @typedef {import("../view/layout.js").Area} Area */

/**
 * @typedef {object} Label
 * @property {string} text
 * @property {string} colour
 * @property {number} width Of the text in CSS pixels.
 * @property {[number, number]} left End of the length on the screen.
 * @property {[number, number]} right
 */

/** Of a line of the overlay's letters, in CSS pixels. */
const HEIGHT = 15;
const AWAY = 8;
/** How many lines up or down words may move. */
const MOST_LINES = 8;

/**
 * Where each text begins: beside the right end of its length where it has room, else beside the
 * left one, else some lines above or below; the first ones have the choice. `y` is the middle of
 * the letters.
 * @param {Label[]} labels
 * @param {Area} area What they must stay within.
 * @returns {(Label & {x: number, y: number})[]}
 */
export function apart(labels, area) {
  /** @type {Area[]} */
  const taken = [];
  return labels.map((label) => {
    const places = placesOf(label);
    const free = places.find(
      (place) => lies(place, area) && !taken.some((other) => meet(place, other)),
    );
    const place = free ?? places[0];
    taken.push(place);
    return { ...label, x: place.x, y: place.y + HEIGHT / 2 };
  });
}

/**
 * The best first.
 * @param {Label} label
 * @returns {Area[]}
 */
function placesOf({ width, left, right }) {
  const rows = Array.from({ length: MOST_LINES }, (_, line) => [line + 1, -line - 1]).flat();
  return [0, ...rows].flatMap((row) =>
    [[right[0] + AWAY, right[1]], [left[0] - AWAY - width, left[1]]].map(([x, y]) => {
      return { x, y: y + (row - 0.5) * HEIGHT, width, height: HEIGHT };
    }),
  );
}

/**
 * @param {Area} place
 * @param {Area} area
 */
function lies(place, area) {
  const across = place.x >= area.x && place.x + place.width <= area.x + area.width;
  return across && place.y >= area.y && place.y + place.height <= area.y + area.height;
}

/**
 * @param {Area} one
 * @param {Area} other
 */
function meet(one, other) {
  const beside = one.x + one.width <= other.x || other.x + other.width <= one.x;
  return !beside && one.y < other.y + other.height && other.y < one.y + one.height;
}
