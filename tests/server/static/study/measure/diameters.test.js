/** Diameters agree with glioscope.findings.diameters, which wrote the known answers. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import {
  diameters,
  sliceDiameters,
} from "../../../../../src/glioscope/server/static/study/measure/diameters.js";
import { Mask } from "../../../../../src/glioscope/server/static/study/draw/mask.js";

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

test("each plane has its own pixels, and each label its own diameters", () => {
  const mask = new Mask([7, 8, 9], [1, 2, 5]);
  mask.data[3 + 7 * (4 + 8 * 5)] = 2;
  mask.data[0] = 1;
  const diagonal = (/** @type {number[]} */ ...sides) => Math.hypot(...sides);
  const near = (/** @type {number[]} */ found, /** @type {number} */ longest) =>
    assert.ok(Math.abs(found[0] - longest) < 1e-12, `${found[0]} ${longest}`);
  near(sliceDiameters(mask, "axial", 5), diagonal(1, 2));
  near(sliceDiameters(mask, "coronal", 4, 2), diagonal(1, 5));
  near(sliceDiameters(mask, "sagittal", 3, 2), diagonal(2, 5));
  assert.deepEqual(sliceDiameters(mask, "axial", 5, 1), [0, 0]);
  assert.deepEqual(sliceDiameters(mask, "axial", 4), [0, 0]);
});
