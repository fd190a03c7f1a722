/** Keys of the work list, on Latin and Russian keyboards alike. */

/** @typedef {"search" | "help" | "next" | "previous" | "urgent" | "delete" | "leave"} Command */

/** @type {Record<string, Command>} */
const BY_KEY = {
  "/": "search",
  "?": "help",
  ArrowDown: "next",
  ArrowUp: "previous",
  Delete: "delete",
  Escape: "leave",
};

/**
 * What a key asks for, null for what is none of ours. Where a Russian keyboard writes another
 * letter, the place of the key counts.
 * @param {{key: string, code: string, shiftKey: boolean, ctrlKey: boolean, altKey: boolean,
 *   metaKey: boolean}} press
 * @returns {Command | null}
 */
export function commandOf(press) {
  if (press.ctrlKey || press.altKey || press.metaKey) return null;
  const known = BY_KEY[press.key];
  if (known) return known;
  if (press.code === "KeyU") return "urgent";
  if (press.code === "Slash") return press.shiftKey ? "help" : "search";
  return null;
}

/**
 * Whether keys are letters there.
 * @param {EventTarget | null} target
 */
export function isTyping(target) {
  const letters = "input:not([type=checkbox]), select, textarea";
  return target instanceof Element && target.matches(letters);
}
