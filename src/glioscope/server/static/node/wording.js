/** Ages of what waits, as people say them. */

import { t } from "../texts.js";

/** @type {[string, number][]} */
const UNITS = [["days", 86400], ["hours", 3600], ["minutes", 60]];

/**
 * A span of time in its largest unit, rounded down: nothing is older than it is.
 * @param {number} seconds
 */
export function age(seconds) {
  const [unit, length] = UNITS.find(([, one]) => seconds >= 2 * one) ?? ["seconds", 1];
  return t(`page.node.age.${unit}`, { count: Math.floor(seconds / length) });
}

/**
 * When something is tried again; of what nobody tries again, nothing.
 * @param {number | null} seconds
 */
export function nextTry(seconds) {
  if (seconds === null) return "";
  return seconds < 1 ? t("page.node.next.now") : t("page.node.next.in", { age: age(seconds) });
}
