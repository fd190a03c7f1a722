/** Presses of keys as actions. */

import { asksHelp, keyOf } from "./keys.js";

// Held longer than this, space is a peek and not a switch.
const PEEK_MS = 300;
const TYPING = "input:not([type=range]), textarea, select, dialog[open] *";
const PRESSED_BY_SPACE = "button, a, summary";

/** @typedef {Record<string, (value: number) => void>} Actions */

/**
 * Focus that a mouse has left on a control would keep keys for it: the picture takes them back.
 * @param {MouseEvent} event
 */
function release({ target, detail }) {
  const control = /** @type {Element} */ (target).closest(".study button, .study input");
  if (detail > 0 && control instanceof HTMLElement) control.blur();
}

/**
 * @param {Actions} actions By the names in `KEYS`, and `help`.
 */
export function listenToKeys(actions) {
  let since = 0;
  document.addEventListener("click", release);
  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.matches(TYPING)) return;
    if (asksHelp(event)) return actions.help(0);
    const found = keyOf(event);
    if (!found || ownUse(target, event.code)) return;
    event.preventDefault();
    if (found.action === "outline") {
      if (event.repeat) return;
      since = event.timeStamp;
    }
    actions[found.action]?.(found.value ?? 0);
  });
  document.addEventListener("keyup", (event) => {
    if (event.code !== "Space" || since === 0) return;
    if (event.timeStamp - since > PEEK_MS) actions.outline(0);
    since = 0;
  });
}

/**
 * Whether an element needs the key for itself: space presses buttons, arrows move a slider.
 * @param {Element} target
 * @param {string} code
 */
function ownUse(target, code) {
  if (code === "Space") return target.matches(PRESSED_BY_SPACE);
  return target.matches("input[type=range]") && /^(Arrow|Page|Home|End)/.test(code);
}
