/** What changed since a prior examination, in the words of the report. */

import { element } from "../../dom.js";
import { t } from "../../texts.js";
import { section } from "../controls/controls.js";

/**
 * @typedef {object} Comparison In the language of the page.
 * @property {string} said The class that the figures propose, or why there is none.
 * @property {string[]} titles
 * @property {string[][]} rows
 * @property {string[]} warnings
 * @property {string[]} notes
 */

/**
 * @param {Comparison} found
 * @param {string} day Of the prior examination, as it is written.
 */
export function changeSection({ said, titles, rows, warnings, notes }, day) {
  // Heads and figures of the report are wide; here each figure is a line of its own.
  const lines = rows.flatMap(([name, ...figures]) => [
    element("tr", {}, element("th", { scope: "rowgroup", colspan: 3 }, name)),
    element("tr", {}, ...figures.map((figure) => element("td", {}, figure))),
  ]);
  const heads = titles.slice(1).map((title) => element("th", { scope: "col" }, title));
  const table = element("table", { class: "change" },
    element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines));
  const doubts = warnings.map((warning) => element("li", {}, warning));
  const more = element("details", {}, element("summary", {}, t("page.prior.meaning")),
    ...notes.map((note) => element("p", { class: "faint small" }, note)));
  return section(t("page.prior.change", { day }),
    element("p", {}, element("strong", {}, said)),
    element("p", { class: "small" }, t("page.prior.proposal")),
    table, element("ul", { class: "notices" }, ...doubts), more);
}
