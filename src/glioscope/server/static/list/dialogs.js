/** Dialogs of the list: the keys, and whether a study is to be deleted. */

import { answerOf, byId } from "../dom.js";

export function showKeys() {
  /** @type {HTMLDialogElement} */ (byId("keys")).showModal();
}

/**
 * Whether a study is really to be deleted; the focus goes back to where it was.
 * @param {string} name
 * @returns {Promise<boolean>}
 */
export async function confirmed(name) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
  byId("confirm-name").textContent = name;
  dialog.showModal();
  return (await answerOf(dialog)) === "yes";
}

/** Whether one of them is open, and keys are its own. */
export function isOpen() {
  return document.querySelector("dialog[open]") !== null;
}
