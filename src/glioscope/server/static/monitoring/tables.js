/** Tables: of a chart, of causes, reasons and versions. */

import { element } from "../dom.js";
import { t } from "../texts.js";
import { between, figure, isBeyond, periodName } from "./wording.js";

/** @typedef {import("./shapes.js").Chart} Chart */
/** @typedef {import("./shapes.js").Overview} Overview */

/** Where a cause's code begins, and in which words that is said. */
const ROOMS = ["gate", "reading", "server"];
const COUNTED = ["results", "suspicious", "warned", "reviewed", "accepted", "corrected",
  "rejected"];

/**
 * A table; cells that are numbers stand to the right.
 * @param {string} caption
 * @param {string[]} heads
 * @param {(string | number)[][]} rows
 * @param {(at: number) => string} [kind] Class of a row.
 */
export function table(caption, heads, rows, kind = () => "") {
  const numeric = heads.map((_, at) => rows.length > 0 && rows.every((r) => isNumber(r[at])));
  const cell = (/** @type {string | number} */ text, /** @type {number} */ at) =>
    at === 0
      ? element("th", { scope: "row" }, String(text))
      : element("td", { class: numeric[at] ? "number" : "" }, String(text));
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", { class: "spoken" }, caption),
      element("thead", {}, element("tr", {}, ...heads.map((text, at) =>
        element("th", { scope: "col", class: numeric[at] ? "number" : "" }, text)))),
      element("tbody", {}, ...rows.map((row, at) =>
        element("tr", { class: kind(at) }, ...row.map(cell)))),
    ),
  );
}

/** @param {string | number} text */
function isNumber(text) {
  return typeof text === "number";
}

/**
 * A chart's figures, the last period first.
 * @param {Chart} chart
 * @param {Overview} found
 */
export function chartTable(chart, found) {
  const share = chart.kind === "share";
  const points = chart.points.map((point, at) => ({ point, period: found.periods[at] })).reverse();
  const heads = [
    t("page.monitoring.period"),
    t(share ? "page.monitoring.table.share" : "page.monitoring.table.median"),
    t("page.monitoring.table.n"),
    t(share ? "page.monitoring.table.interval" : "page.monitoring.table.quartiles"),
    t("page.monitoring.table.limits"),
    t("page.monitoring.table.verdict"),
  ];
  const rows = points.map(({ point, period }) => [
    periodName(period, found.length),
    figure(chart, point.value),
    point.n,
    between(chart, point.low, point.high),
    between(chart, point.limit_low, point.limit_high),
    t(`page.monitoring.verdict.${point.verdict}`),
  ]);
  const caption = t(`page.monitoring.chart.${chart.name}`);
  return table(caption, heads, rows, (at) => (isBeyond(points[at].point) ? "beyond" : ""));
}

/**
 * Causes of what has no result, reasons of rejections, and versions; what is empty is left out.
 * @param {Overview} found
 */
export function countTables(found) {
  const { causes, reasons } = found.counts;
  const number = t("page.monitoring.table.studies");
  return [
    titled("page.monitoring.causes", [t("page.monitoring.table.cause"),
      t("page.monitoring.table.where"), number], Object.entries(causes).map(causeRow)),
    titled("page.monitoring.reasons", [t("page.monitoring.table.reason"), number],
      Object.entries(reasons).map(([code, count]) => [t(`page.review.reason.${code}`), count])),
    titled("page.monitoring.versions", [t("page.monitoring.table.version"),
      ...COUNTED.map((name) => t(`page.monitoring.count.${name}`))], versionRows(found)),
  ].flat();
}

/** @param {[string, number]} cause */
function causeRow([code, count]) {
  const room = code.split(".")[0];
  return [code, t(`page.monitoring.cause.${ROOMS.includes(room) ? room : "other"}`), count];
}

/** @param {Overview} found */
function versionRows(found) {
  return found.versions
    .filter(({ counts }) => counts.results > 0)
    .map(({ model, version, counts }) => [`${model} ${version}`, ...COUNTED.map((n) => counts[n])]);
}

/**
 * @param {string} title
 * @param {string[]} heads
 * @param {(string | number)[][]} rows
 */
function titled(title, heads, rows) {
  if (rows.length === 0) return [];
  const wide = heads.length > 4 ? "wide" : "";
  const content = [element("h2", {}, t(title)), table(t(title), heads, rows)];
  return [element("section", { class: wide }, ...content)];
}
