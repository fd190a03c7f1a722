/** The way through the work list: from a study to the next of it, and back to where one was. */

const ORDER = "glioscope.order";
const PLACE = "glioscope.place";

/** @typedef {Pick<Storage, "getItem" | "setItem">} Kept Of this window alone. */

/**
 * Keeps the list as it was seen last.
 * @param {Kept} kept
 * @param {string[]} ids
 */
export function keepOrder(kept, ids) {
  kept.setItem(ORDER, ids.join(" "));
}

/**
 * The study after one in that list; null where there is none.
 * @param {Kept} kept
 * @param {string} id
 */
export function following(kept, id) {
  const order = (kept.getItem(ORDER) ?? "").split(" ");
  const at = order.indexOf(id);
  return at < 0 ? null : (order[at + 1] ?? null);
}

/**
 * Keeps which study was looked at last.
 * @param {Kept} kept
 * @param {string} id
 */
export function keepPlace(kept, id) {
  kept.setItem(PLACE, id);
}

/**
 * That study; null before any was.
 * @param {Kept} kept
 */
export function place(kept) {
  return kept.getItem(PLACE);
}
