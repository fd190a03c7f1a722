/** Dialogs of the list: the keys, and whether a study is to be deleted. */

import { byId } from "../dom.js";

export function showKeys() {
  /** @type {HTMLDialogElement} */ (byId("keys")).showModal();
}

/** Takes the answer of the question before, of which a browser tells with its next frame only. */
let settle = () => {};

/**
 * Whether a study is really to be deleted; the focus goes back to where it was.
 * @param {string} name
 * @returns {Promise<boolean>}
 */
export function confirmed(name) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
  settle();
  byId("confirm-name").textContent = name;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    const answer = () => {
      if (dialog.open) return;
      dialog.removeEventListener("close", answer);
      resolve(dialog.returnValue === "yes");
    };
    settle = answer;
    dialog.addEventListener("close", answer);
  });
}

/** Whether one of them is open, and keys are its own. */
export function isOpen() {
  return document.querySelector("dialog[open]") !== null;
}
