/** Diameters agree with glioscope.findings.diameters, which wrote the known answers. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { diameters } from "../../../../../src/glioscope/server/static/study/measure/diameters.js";
import { Mask } from "../../../../../src/glioscope/server/static/study/draw/mask.js";
import {
  largestDiameters,
} from "../../../../../src/glioscope/server/static/study/measure/largest.js";

const PHANTOMS = JSON.parse(readFileSync(new URL("diameters.json", import.meta.url), "utf-8"));

// Python multiplies vectors with fused operations where the processor has them.
const ROUNDING = 1e-12;

for (const { name, pixel, diameters: known, rows } of PHANTOMS) {
  test(`${name}: as in Python`, () => {
    const region = Uint8Array.from(rows.join(""), Number);
    const [longest, perpendicular] = diameters(region, rows[0].length, pixel);
    assert.equal(longest, known[0]);
    assert.ok(Math.abs(perpendicular - known[1]) <= ROUNDING, `${perpendicular} ${known[1]}`);
  });
}

test("of several regions on a slice the largest is measured", () => {
  const mask = new Mask([30, 30, 2], [1, 2, 5]);
  const fill = (from, to, row) => mask.data.fill(1, 30 * row + from, 30 * row + to);
  for (const row of [3, 4, 5]) fill(2, 12, row);
  fill(25, 28, 20);
  const [longest, across] = largestDiameters(mask, 0);
  assert.ok(Math.abs(longest - Math.hypot(10, 6)) < 1e-9);
  assert.ok(across > 0 && across < longest);
  assert.deepEqual(largestDiameters(mask, 1), [0, 0]);
});
