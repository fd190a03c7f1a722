/** Files onto the page, anywhere, and by two buttons. */

import { byId } from "../../dom.js";
import { fromDrop, fromInput, holdsFiles } from "./entries.js";

/** @typedef {import("./entries.js").Picked} Picked */

/** @param {(picked: Picked[]) => void} take */
export function takeFiles(take) {
  const veil = byId("drop");
  // A drag leaves an element whenever it enters one inside it; only the last one counts.
  let inside = 0;
  const over = (/** @type {DragEvent} */ event, /** @type {number} */ change) => {
    if (!holdsFiles(event.dataTransfer)) return;
    event.preventDefault();
    inside = Math.max(0, inside + change);
    veil.hidden = inside === 0;
  };
  window.addEventListener("dragenter", (event) => over(event, 1));
  window.addEventListener("dragover", (event) => over(event, 0));
  window.addEventListener("dragleave", (event) => over(event, -1));
  window.addEventListener("drop", (event) => {
    over(event, -inside);
    if (holdsFiles(event.dataTransfer) && event.dataTransfer) {
      void fromDrop(event.dataTransfer).then(take);
    }
  });
  pick("pick-files", "files", take);
  pick("pick-folder", "folder", take);
}

/**
 * @param {string} button
 * @param {string} input
 * @param {(picked: Picked[]) => void} take
 */
function pick(button, input, take) {
  const chooser = /** @type {HTMLInputElement} */ (byId(input));
  byId(button).addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    take(fromInput(chooser.files));
    // The same files chosen again are a change, too.
    chooser.value = "";
  });
}
