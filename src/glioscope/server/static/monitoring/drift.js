/** The input against the training data: a line for each figure, the farthest first. */

import { drawing, element } from "../dom.js";
import { signed, decimal } from "../format.js";
import { t } from "../texts.js";
import { place } from "./scale.js";
import { table } from "./tables.js";

/** @typedef {import("./shapes.js").Overview} Overview */
/** @typedef {import("./shapes.js").Shift} Shift */

const WIDE = 120;
const TALL = 18;
// Standard deviations to each side.
const MOST = 3;
const LARGE = 0.8;

/**
 * Fills the section; it stays hidden where nothing can be compared.
 * @param {HTMLElement} section
 * @param {Overview} found
 */
export function showDrift(section, found) {
  const known = found.drift?.figures.filter((shift) => shift.difference !== null) ?? [];
  section.hidden = !found.drift;
  if (!found.drift) return;
  const [said, place_] = section.querySelectorAll(":scope > p, :scope > div");
  const patients = found.drift.patients;
  said.textContent = t("page.monitoring.drift.said", { patients });
  if (known.length === 0) {
    place_.replaceChildren(element("p", {}, t("page.monitoring.drift.none")));
    return;
  }
  place_.replaceChildren(driftTable(known.sort(byDistance)));
}

/**
 * @param {Shift} one
 * @param {Shift} other
 */
function byDistance(one, other) {
  return Math.abs(other.difference ?? 0) - Math.abs(one.difference ?? 0);
}

/** @param {Shift[]} shifts */
function driftTable(shifts) {
  const heads = ["figure", "difference", "interval", "spread", "n", "verdict"];
  const rows = shifts.map((shift) => [
    t(`page.monitoring.figure.${shift.name}`),
    signed(shift.difference ?? 0, 2),
    shift.low === null || shift.high === null
      ? "–"
      : `${signed(shift.low, 2)} … ${signed(shift.high, 2)}`,
    shift.spread === null ? "–" : decimal(shift.spread, 2),
    shift.n,
    t(`page.monitoring.drift.${shift.verdict}`),
  ]);
  const made = table(
    t("page.monitoring.drift"),
    heads.map((head) => t(`page.monitoring.table.${head}`)),
    rows,
    (at) => (shifts[at].verdict === "shifted" ? "beyond" : ""),
  );
  made.querySelectorAll("tbody tr").forEach((row, at) => {
    row.children[1].append(" ", forest(shifts[at]));
  });
  return made;
}

/**
 * The difference with its interval as a drawing, beside which its numbers stand; a square is a
 * figure that has shifted.
 * @param {Shift} shift
 */
function forest(shift) {
  const x = (/** @type {number} */ value) => place(value, -MOST, MOST, 4, WIDE - 4);
  const middle = TALL / 2;
  const at = x(shift.difference ?? 0);
  const usual = { x: x(-LARGE), width: x(LARGE) - x(-LARGE), y: 0, height: TALL };
  const parts = [
    drawing("rect", { class: "limits", ...usual }),
    drawing("line", { class: "centre", x1: x(0), x2: x(0), y1: 0, y2: TALL }),
  ];
  if (shift.low !== null && shift.high !== null) {
    const ends = { x1: x(shift.low), x2: x(shift.high), y1: middle, y2: middle };
    parts.push(drawing("line", { class: "range", ...ends }));
  }
  parts.push(
    shift.verdict === "shifted"
      ? drawing("rect", { class: "shifted", x: at - 4, y: middle - 4, width: 8, height: 8 })
      : drawing("circle", { class: "usual", cx: at, cy: middle, r: 3 }),
  );
  const view = { class: "chart", viewBox: `0 0 ${WIDE} ${TALL}`, "aria-hidden": "true" };
  return drawing("svg", view, ...parts);
}
