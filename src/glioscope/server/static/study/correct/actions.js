/** What the keys of correcting do. */

/** @typedef {import("../controls/keyboard.js").Actions} Actions */
/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../desk.js").Tool} Tool */
/** @typedef {import("./correction.js").Correction} Correction */

const MOST_AROUND = 2;

/**
 * @param {Desk} desk
 * @param {Correction} correction
 * @param {() => Promise<unknown>} begin Begins correcting with what is shown.
 * @returns {Actions}
 */
export function drawingActions(desk, correction, begin) {
  const take = async (/** @type {Tool} */ tool) => {
    if (!correction.open) await begin();
    if (correction.open) desk.take(tool);
  };
  return {
    brush: () => take("brush"),
    eraser: () => take("eraser"),
    grow: () => {
      if (correction.given.intensities()) take("grow");
    },
    away: () => desk.set({ tool: null }),
    resize: (direction) => {
      desk.resize(direction < 0 ? -1 : 1);
      if (desk.tool === "grow") correction.hand.regrow();
    },
    around: () => {
      desk.set({ around: (desk.around + 1) % (desk.tool === "grow" ? 2 : MOST_AROUND + 1) });
      if (desk.tool === "grow") correction.hand.regrow();
    },
    fill: () => correction.fill(),
    interpolate: () => correction.interpolate(),
    undo: () => correction.undo(),
    redo: () => correction.redo(),
  };
}
