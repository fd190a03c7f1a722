/** Figures, periods and verdicts in words. */

import { day, decimal, signed } from "../format.js";
import { language, t } from "../texts.js";

/** @typedef {import("./shapes.js").Chart} Chart */
/** @typedef {import("./shapes.js").Overview} Overview */
/** @typedef {import("./shapes.js").Period} Period */
/** @typedef {import("./shapes.js").Point} Point */

const NO_BREAK = "\u00a0";

/** @type {Record<string, (value: number) => string>} */
const WRITTEN = {
  dice: (value) => decimal(value, 2),
  unlikeness: (value) => decimal(value, 2),
  volume_bias: (value) => `${signed(value, 1)}${NO_BREAK}${t("page.unit.ml")}`,
  reading_time: (value) => `${decimal(value, 0)}${NO_BREAK}${t("page.monitoring.unit.s")}`,
  analysis_time: (value) => `${decimal(value, 1)}${NO_BREAK}${t("page.monitoring.unit.s")}`,
};

/**
 * A figure of a chart with its unit.
 * @param {Chart} chart
 * @param {number | null} value
 */
export function figure(chart, value) {
  if (value === null) return "–";
  return chart.kind === "share" ? percent(value) : WRITTEN[chart.name](value);
}

/** @param {number} share */
export function percent(share) {
  const digits = share > 0 && share < 0.1 ? 1 : 0;
  return `${decimal(100 * share, digits)}${NO_BREAK}%`;
}

/**
 * From the one figure to the other.
 * @param {Chart} chart
 * @param {number | null} low
 * @param {number | null} high
 */
export function between(chart, low, high) {
  return low === null || high === null ? "–" : `${figure(chart, low)} … ${figure(chart, high)}`;
}

/**
 * A period as people call it: a day, the days of a week, a month.
 * @param {Period} period
 * @param {Overview["length"]} length
 */
export function periodName(period, length) {
  if (length === "day") return day(period.first);
  if (length === "week") return `${day(period.first)} – ${day(period.last)}`;
  return monthName(period.first);
}

/** @param {string} iso */
function monthName(iso) {
  const [year, month] = iso.split("-");
  return language() === "ru" ? `${month}.${year}` : `${year}-${month}`;
}

/**
 * A period in a few letters, for an axis.
 * @param {Period} period
 * @param {Overview["length"]} length
 */
export function shortName(period, length) {
  return length === "month" ? monthName(period.first) : day(period.first);
}

/**
 * What a chart says, in a sentence: its last figure, and which periods lie beyond the limits.
 * @param {Chart} chart
 * @param {Overview} found
 */
export function summary(chart, found) {
  const beyond = beyondLimits(chart, found);
  if (beyond.length > 0) {
    return t("page.monitoring.said.beyond", { count: beyond.length, periods: beyond.join(", ") });
  }
  const judged = chart.points.some((point) => point.verdict === "inside");
  const early = chart.points.some((point) => point.verdict === "early");
  if (judged) return t("page.monitoring.said.inside");
  return t(early ? "page.monitoring.said.early" : "page.monitoring.said.few");
}

/**
 * Names of the periods beyond the limits.
 * @param {Chart} chart
 * @param {Overview} found
 */
export function beyondLimits(chart, found) {
  return found.periods
    .filter((_, at) => isBeyond(chart.points[at]))
    .map((period) => shortName(period, found.length));
}

/** @param {Point} point */
export function isBeyond(point) {
  return point.verdict === "above" || point.verdict === "below";
}

/**
 * The last period that has a figure.
 * @param {Chart} chart
 */
export function latest(chart) {
  return chart.points.filter((point) => point.value !== null).at(-1) ?? null;
}
