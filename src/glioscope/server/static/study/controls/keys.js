/** Keys of the study page: one table that the page obeys and its help shows. */

import { t } from "../../texts.js";

/**
 * Keys go by their place on the keyboard, so that they are the same in a Russian layout.
 * @typedef {object} Key
 * @property {string[]} codes Of `KeyboardEvent.code`.
 * @property {string} shown Empty for the space bar, which has a name.
 * @property {string} code Of the sentence that says what it does.
 * @property {string} action
 * @property {number} [value]
 */

/** @type {Key[]} */
export const LOOKING = [
  key(["ArrowUp", "ArrowLeft"], "↑", "slice", "step", -1),
  key(["ArrowDown", "ArrowRight"], "↓", "slice", "step", 1),
  key(["PageUp"], "PgUp", "slices", "step", -5),
  key(["PageDown"], "PgDn", "slices", "step", 5),
  key(["Home"], "Home", "ends", "step", -9999),
  key(["End"], "End", "ends", "step", 9999),
  key(["KeyN"], "N", "next", "stop", 1),
  key(["KeyP"], "P", "previous", "stop", -1),
  key(["Space"], "", "outline", "outline"),
  key(["KeyF"], "F", "flair", "flair"),
  key(["KeyT"], "T", "t1", "t1"),
  key(["KeyG"], "G", "t1gd", "t1gd"),
  ...[1, 2, 3, 4, 5].map((n) =>
    key([`Digit${n}`, `Numpad${n}`], `${n}`, "preset", "preset", n),
  ),
  key(["KeyX"], "X", "three", "three"),
  key(["KeyM"], "M", "ruler", "ruler"),
  key(["Delete", "Backspace"], "Del", "forget", "forget"),
  key(["Equal", "NumpadAdd"], "+", "zoom", "zoom", 1.25),
  key(["Minus", "NumpadSubtract"], "−", "zoom", "zoom", 0.8),
  key(["Digit0", "Numpad0"], "0", "reset", "reset"),
  key(["KeyU"], "U", "model", "model"),
  key(["KeyD"], "D", "bounds", "bounds"),
  key(["KeyO"], "O", "own", "own"),
  key(["KeyJ"], "J", "following", "following"),
  key(["KeyQ"], "Q", "list", "list"),
];

/** @type {Key[]} */
export const JUDGING = [
  key(["KeyA"], "A", "accept", "accept"),
  key(["KeyC"], "C", "correct", "correct"),
  key(["KeyR"], "R", "reject", "reject"),
  key(["KeyS"], "S", "save", "save"),
];

/** @type {Key[]} */
export const DRAWING = [
  key(["KeyB"], "B", "brush", "brush"),
  key(["KeyE"], "E", "eraser", "eraser"),
  key(["KeyW"], "W", "grow", "grow"),
  key(["BracketLeft"], "[", "size", "resize", -1),
  key(["BracketRight"], "]", "size", "resize", 1),
  key(["KeyK"], "K", "around", "around"),
  key(["KeyL"], "L", "fill", "fill"),
  key(["KeyI"], "I", "interpolate", "interpolate"),
  key(["KeyZ"], "Z", "undo", "undo"),
  key(["KeyY"], "Y", "redo", "redo"),
  key(["Escape"], "Esc", "away", "away"),
];

export const KEYS = [...LOOKING, ...DRAWING, ...JUDGING];

/** @type {Record<string, string>} What is pressed with Ctrl or ⌘, as other programs have it. */
const CONTROL = { KeyZ: "KeyZ", "Shift KeyZ": "KeyY", KeyY: "KeyY", KeyS: "KeyS" };

/**
 * @param {string[]} codes
 * @param {string} shown
 * @param {string} name
 * @param {string} action
 * @param {number} [value]
 * @returns {Key}
 */
function key(codes, shown, name, action, value) {
  return { codes, shown, code: `page.study.key.${name}`, action, value };
}

/**
 * The key that was pressed; undefined where the page has no use for it.
 * @param {{code: string, ctrlKey: boolean, altKey: boolean, metaKey: boolean,
 *   shiftKey?: boolean}} event
 */
export function keyOf({ code, ctrlKey, altKey, metaKey, shiftKey }) {
  if (altKey) return undefined;
  const pressed = ctrlKey || metaKey ? CONTROL[`${shiftKey ? "Shift " : ""}${code}`] : code;
  return KEYS.find(({ codes }) => codes.includes(pressed));
}

/**
 * Whether help is asked for; the sign stands elsewhere in a Russian layout.
 * @param {{code: string, key: string, shiftKey: boolean, ctrlKey: boolean}} event
 */
export function asksHelp({ code, key: sign, shiftKey, ctrlKey }) {
  return !ctrlKey && (sign === "?" || (code === "Slash" && shiftKey));
}

/**
 * Keys by what they do, for the help.
 * @param {Key[]} keys
 */
export function helpLines(keys) {
  /** @type {Map<string, string[]>} */
  const lines = new Map();
  for (const { shown, code } of keys) {
    lines.set(code, [...(lines.get(code) ?? []), shown || t("page.study.space")]);
  }
  return [...lines].map(([code, shown]) => ({ code, shown }));
}
