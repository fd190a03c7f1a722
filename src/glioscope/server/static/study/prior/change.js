/** What changed since a prior examination, in the words of the report. */

import { element } from "../../dom.js";
import { t } from "../../texts.js";
import { section } from "../controls/controls.js";

/**
 * @typedef {object} Comparison In the language of the page.
 * @property {string} said The class that the figures propose, or why there is none.
 * @property {(string | null)[]} outlines Whose that of the prior and of the study are; null: the
 *   model's.
 * @property {string[][]} rows Name, earlier, later and change of each figure.
 * @property {string[]} warnings
 * @property {string[]} notes
 */

/**
 * @param {Comparison} found
 * @param {string} day Of the prior examination, as it is written.
 */
export function changeSection({ said, outlines, rows, warnings, notes }, day) {
  const lines = rows.map(([name, ...figures]) => {
    const [before, after, change] = figures.map((figure) => figure.split("\n"));
    const both = `${before.join(" ")} → ${after.join(" ")}`;
    return element("li", {}, element("span", { class: "faint" }, name),
      element("strong", {}, change.join(", ")), element("span", {}, both));
  });
  const doubts = warnings.map((warning) => element("li", {}, warning));
  const more = element("details", {}, element("summary", {}, t("page.prior.meaning")),
    ...notes.map((note) => element("p", { class: "faint small" }, note)));
  return section(t("page.prior.change", { day }),
    element("p", {}, element("strong", {}, said)),
    element("p", { class: "small" }, t("page.prior.proposal")),
    ...outlineLine(outlines),
    element("ul", { class: "change" }, ...lines),
    element("ul", { class: "notices" }, ...doubts), more);
}

/**
 * Whose outlines were measured, where one is a doctor's.
 * @param {(string | null)[]} outlines
 */
function outlineLine(outlines) {
  if (outlines.every((one) => one === null)) return [];
  const [prior, now] = outlines.map((one) => one ?? t("page.prior.model"));
  return [element("p", { class: "small" }, t("page.prior.outlines", { prior, now }))];
}
