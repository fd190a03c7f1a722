/** One figure over time as a drawing: points, their intervals, and the limits behind them. */

import { drawing } from "../dom.js";
import { place, rangeOf, ticks } from "./scale.js";
import { figure, isBeyond, periodName, shortName, summary } from "./wording.js";
import { t } from "../texts.js";

/** @typedef {import("./shapes.js").Chart} Chart */
/** @typedef {import("./shapes.js").Overview} Overview */
/** @typedef {import("./shapes.js").Point} Point */

const WIDE = 360;
const TALL = 150;
const LEFT = 46;
const RIGHT = WIDE - 6;
const TOP = 8;
const BOTTOM = TALL - 18;
const DOT = 2.6;
const SIGN = 5;

/**
 * The drawing of a chart. What lies beyond the limits is a triangle that points where it went.
 * @param {Chart} chart
 * @param {Overview} found
 */
export function draw(chart, found) {
  const range = rangeOf(chart);
  const wide = (RIGHT - LEFT) / chart.points.length;
  const x = (/** @type {number} */ at) => LEFT + (at + 0.5) * wide;
  const y = (/** @type {number} */ value) => place(value, range.low, range.high, BOTTOM, TOP);
  const label = `${t(`page.monitoring.chart.${chart.name}`)}. ${summary(chart, found)}`;
  return drawing(
    "svg",
    { class: "chart", viewBox: `0 0 ${WIDE} ${TALL}`, role: "img", "aria-label": label },
    ...grid(chart, range, y),
    ...days(found),
    drawing("path", { class: "limits", d: band(chart.points, y, wide) }),
    ...centre(chart, y),
    ...ranges(chart.points, x, y),
    drawing("path", { class: "line", d: line(chart.points, x, y) }),
    ...signs(chart, found, x, y),
  );
}

/**
 * @param {Chart} chart
 * @param {ReturnType<typeof rangeOf>} range
 * @param {(value: number) => number} y
 */
function grid(chart, range, y) {
  return ticks(range).flatMap((value) => [
    drawing("line", { class: "axis", x1: LEFT, x2: RIGHT, y1: y(value), y2: y(value) }),
    written(figure(chart, value), LEFT - 4, y(value) + 3.5, "end"),
  ]);
}

/** @param {Overview} found */
function days(found) {
  const [first, last] = [found.periods[0], found.periods[found.periods.length - 1]];
  return [
    written(shortName(first, found.length), LEFT, TALL - 4, "start"),
    ...(first === last ? [] : [written(shortName(last, found.length), RIGHT, TALL - 4, "end")]),
  ];
}

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} anchor
 */
function written(text, x, y, anchor) {
  const made = drawing("text", { x, y, "text-anchor": anchor });
  made.append(text);
  return made;
}

/**
 * A box from limit to limit behind each point that has them.
 * @param {Point[]} points
 * @param {(value: number) => number} y
 * @param {number} wide
 */
export function band(points, y, wide) {
  return points
    .map(({ limit_low: low, limit_high: high }, at) => {
      if (low === null || high === null) return "";
      const top = y(high);
      // Limits that are one and the same are a line, still to be seen.
      const tall = Math.max(1, y(low) - top);
      const corner = `${round(LEFT + at * wide)} ${round(top)}`;
      return `M${corner}h${round(wide)}v${round(tall)}h${round(-wide)}z`;
    })
    .join("");
}

/**
 * @param {Chart} chart
 * @param {(value: number) => number} y
 */
function centre(chart, y) {
  if (chart.centre === null) return [];
  const at = y(chart.centre);
  return [drawing("line", { class: "centre", x1: LEFT, x2: RIGHT, y1: at, y2: at })];
}

/**
 * @param {Point[]} points
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
function ranges(points, x, y) {
  return points.flatMap(({ low, high }, at) => {
    if (low === null || high === null) return [];
    return [drawing("line", { class: "range", x1: x(at), x2: x(at), y1: y(low), y2: y(high) })];
  });
}

/**
 * From point to point, broken where a period has none.
 * @param {Point[]} points
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
export function line(points, x, y) {
  let drawn = "";
  let broken = true;
  points.forEach(({ value }, at) => {
    if (value !== null) drawn += `${broken ? "M" : "L"}${round(x(at))} ${round(y(value))}`;
    broken = value === null;
  });
  return drawn;
}

/**
 * @param {Chart} chart
 * @param {Overview} found
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
function signs(chart, found, x, y) {
  return chart.points.flatMap((point, at) => {
    if (point.value === null) return [];
    const made = sign(point, x(at), y(point.value));
    const title = drawing("title");
    const name = periodName(found.periods[at], found.length);
    const said = t(`page.monitoring.verdict.${point.verdict}`);
    title.append(`${name}: ${figure(chart, point.value)}, n = ${point.n}, ${said}`);
    made.append(title);
    return [made];
  });
}

/**
 * @param {Point} point
 * @param {number} x
 * @param {number} y
 */
function sign(point, x, y) {
  if (!isBeyond(point)) return drawing("circle", { class: point.verdict, cx: x, cy: y, r: DOT });
  const up = point.verdict === "above" ? -1 : 1;
  const corners = `M${round(x)} ${round(y + up * SIGN)}l${SIGN} ${-up * 2 * SIGN}h${-2 * SIGN}z`;
  return drawing("path", { class: point.verdict, d: corners });
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}
