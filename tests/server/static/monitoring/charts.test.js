/** Charts of what is watched: their scale, their drawing, and what they say in words. */

import assert from "node:assert/strict";
import test, { before } from "node:test";

import { band, line } from "../../../../src/glioscope/server/static/monitoring/chart.js";
import { query, wantedOf } from "../../../../src/glioscope/server/static/monitoring/query.js";
import { place, rangeOf, roundStep, ticks }
  from "../../../../src/glioscope/server/static/monitoring/scale.js";
import * as wording from "../../../../src/glioscope/server/static/monitoring/wording.js";
import { loadTexts } from "../../../../src/glioscope/server/static/texts.js";

before(() => {
  loadTexts({
    "page.unit.ml": "ml",
    "page.monitoring.unit.s": "s",
    "page.monitoring.said.beyond": "{count}: {periods}",
    "page.monitoring.said.inside": "inside",
    "page.monitoring.said.early": "early",
    "page.monitoring.said.few": "few",
  });
});

const NONE = { n: 0, count: null, value: null, low: null, high: null, limit_low: null,
  limit_high: null, verdict: "none" };

/** @param {Partial<typeof NONE>[]} points */
function chart(points, kind = "median", name = "dice") {
  return { name, kind, centre: null, points: points.map((p) => ({ ...NONE, ...p })) };
}

const WEEKS = ["2026-01-05", "2026-01-12", "2026-01-19"].map((first) => ({
  first, last: first, over: true,
}));

test("steps are round and not below what is asked for", () => {
  const found = [0.1, 0.11, 0.3, 2, 2.1, 70].map(roundStep);
  const wanted = [0.1, 0.2, 0.5, 2, 5, 100];
  found.forEach((step, at) => assert.ok(Math.abs(step - wanted[at]) < 1e-9, `${step}`));
});

test("a scale of shares begins at nothing and holds no more than all", () => {
  for (const points of [[{ value: 0.4 }], [{ value: 1 }, { value: 0 }], [], [{ value: 0 }]]) {
    const { low, high } = rangeOf(chart(points, "share"));
    assert.ok(low === 0 && high > 0 && high <= 1);
    for (const { value } of points) assert.ok(value <= high);
  }
});

test("a scale of medians holds every figure and its limits", () => {
  for (const points of [[{ value: -3.2, limit_low: -8 }], [{ value: 7 }], [{ value: 0 }],
    [{ value: 0.81, limit_high: 0.99 }, { value: 0.85 }]]) {
    const range = rangeOf(chart(points));
    for (const { value, limit_low = value, limit_high = value } of points) {
      assert.ok(range.low <= limit_low + 1e-9 && limit_high <= range.high + 1e-9);
    }
    const marks = ticks(range);
    assert.ok(marks.length >= 2 && marks.length <= 6, `${marks}`);
    assert.ok(Math.abs(marks[marks.length - 1] - range.high) < range.step / 2);
  }
});

test("what lies outside stands at the end", () => {
  assert.equal(place(5, 0, 10, 100, 200), 150);
  assert.equal(place(50, 0, 10, 100, 200), 200);
  assert.equal(place(-1, 0, 10, 100, 0), 100);
});

test("a line is broken where a period has no figure", () => {
  const drawn = line(chart([{ value: 1 }, {}, { value: 2 }, { value: 3 }]).points,
    (at) => at * 10, (value) => value);
  assert.equal(drawn, "M0 1M20 2L30 3");
});

test("limits are drawn where they are, one pixel high at least", () => {
  const points = chart([{ limit_low: 4, limit_high: 4 }, {}]).points;
  assert.equal(band(points, (value) => value, 10), "M46 4h10v1h-10z");
});

test("a chart says in words what lies beyond its limits", () => {
  const found = { length: "week", periods: WEEKS };
  const say = (/** @type {any[]} */ points) => wording.summary(chart(points), found);
  assert.equal(say([{ verdict: "inside" }, { verdict: "below" }, { verdict: "above" }]),
    "2: 2026-01-12, 2026-01-19");
  assert.equal(say([{ verdict: "inside" }, { verdict: "few" }, {}]), "inside");
  assert.equal(say([{ verdict: "early" }, { verdict: "few" }, {}]), "early");
  assert.equal(say([{ verdict: "few" }, {}, {}]), "few");
});

test("figures carry their units", () => {
  const share = chart([], "share", "failed");
  assert.equal(wording.figure(share, 0.05), "5.0\u00a0%");
  assert.equal(wording.figure(share, 0.5), "50\u00a0%");
  assert.equal(wording.figure(share, 0), "0\u00a0%");
  assert.equal(wording.figure(chart([], "median", "volume_bias"), -2.34), "\u22122.3\u00a0ml");
  assert.equal(wording.figure(chart([]), null), "–");
  assert.equal(wording.between(chart([]), 0.5, 0.75), "0.50 … 0.75");
});

test("periods have names", () => {
  const week = { first: "2026-01-05", last: "2026-01-11", over: true };
  assert.equal(wording.periodName(week, "week"), "2026-01-05 – 2026-01-11");
  assert.equal(wording.periodName(week, "day"), "2026-01-05");
  assert.equal(wording.shortName(week, "month"), "2026-01");
});

test("the address holds what is asked for and nothing else", () => {
  const wanted = { period: "month", from: "2026-01-01", to: "" };
  assert.deepEqual(wantedOf(query(wanted)), wanted);
  assert.equal(query({ period: "", from: "", to: "" }), "");
  assert.equal(query({ period: "", from: "", to: "" }, "Europe/Moscow"), "?zone=Europe%2FMoscow");
});
