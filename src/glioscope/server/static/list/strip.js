/** Probabilities of slices as a small picture of bars. */

import { drawing } from "../dom.js";
import { stripText } from "./wording.js";

const TALL = 24;
const BAR = 4;
const GAP = 1;

/**
 * The outline of all bars, one after the other; a bar that is not quite nothing is seen.
 * @param {number[]} slices Percent.
 */
export function bars(slices) {
  return slices
    .map((percent, at) => {
      const tall = percent > 0 ? Math.max(1, Math.round((percent / 100) * TALL)) : 0;
      return tall ? `M${at * (BAR + GAP)} ${TALL}v${-tall}h${BAR}v${tall}z` : "";
    })
    .join("");
}

/**
 * The picture, lowest slice on the left.
 * @param {number[]} slices Percent.
 */
export function strip(slices) {
  const wide = slices.length * (BAR + GAP) - GAP;
  return drawing(
    "svg",
    {
      class: "strip",
      viewBox: `0 0 ${wide} ${TALL + 1}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": stripText(slices),
    },
    drawing("path", { class: "bars", d: bars(slices) }),
    drawing("rect", { class: "base", y: TALL, width: wide, height: 1 }),
  );
}
