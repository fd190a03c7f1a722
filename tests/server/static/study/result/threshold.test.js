/** The slider against what the model's own code decides, and what holds at any threshold. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import {
  placeOf,
  thresholdAt,
} from "../../../../../src/glioscope/server/static/study/result/slider.js";
import {
  missRate,
  Thresholds,
} from "../../../../../src/glioscope/server/static/study/result/threshold.js";

const KNOWN = JSON.parse(readFileSync(new URL("thresholds.json", import.meta.url), "utf-8"));

/** @param {string} digits */
function mask(digits) {
  return Uint8Array.from(digits, Number);
}

/** @param {any} known */
function opened({ size, rule, slices, own, pixels, masks }, labels = mask(masks[own])) {
  const bytes = Uint8Array.from(pixels.match(/../g), (pair) => parseInt(pair, 16));
  return new Thresholds({ size, rule, slices, own, pixels: bytes, labels });
}

for (const known of KNOWN) {
  test(`${known.name}: what was made ready is what would have been made when asked`, () => {
    const [ready, asked] = [opened(known), opened(known)];
    let steps = 1;
    while (ready.prepare()) steps += 1;
    assert.equal(steps, new Set(known.slices).size);
    const plane = known.size[0] * known.size[1];
    for (const threshold of Object.keys(known.masks).map(Number)) {
      const found = asked.at(threshold);
      assert.deepEqual(ready.at(threshold), found);
      const areas = known.slices.map((/** @type {number} */ _, /** @type {number} */ k) =>
        found.subarray(k * plane, (k + 1) * plane).filter(Boolean).length,
      );
      assert.deepEqual(ready.areas(threshold), areas);
    }
  });

  test(`${known.name}: every threshold gives the model's own mask`, () => {
    const thresholds = opened(known);
    for (const [threshold, digits] of Object.entries(known.masks)) {
      const found = thresholds.at(Number(threshold)).map((label) => Number(label > 0));
      assert.deepEqual(found, mask(digits), threshold);
    }
  });

  test(`${known.name}: the stored mask stands at the model's own threshold, whatever it is`, () => {
    const odd = mask(known.masks[known.own]).map((value, index) => (index % 97 ? value * 3 : 0));
    assert.deepEqual(opened(known, odd).at(known.own), odd);
  });

  test(`${known.name}: a slice below the threshold is empty`, () => {
    const plane = known.size[0] * known.size[1];
    const found = opened(known, mask(known.masks[known.own]).fill(1)).at(0.7);
    known.slices.forEach((probability, k) => {
      const slice = found.subarray(k * plane, (k + 1) * plane);
      if (probability < 0.7) assert.ok(slice.every((value) => value === 0), `slice ${k}`);
    });
  });
}

test("the share that is missed is that of the next step of the curve, as in the plan", () => {
  const curve = [[0.1, 0.02], [0.4, 0.05], [0.9, 0.2]];
  assert.equal(missRate(curve, 0.05), 0.02);
  assert.equal(missRate(curve, 0.4), 0.05);
  assert.equal(missRate(curve, 0.41), 0.2);
  assert.equal(missRate(curve, 0.95), null);
  assert.equal(missRate([], 0.5), null);
});

test("the slider holds the model's own threshold to the last digit, and rises", () => {
  const own = 0.22294136571103434;
  assert.equal(thresholdAt(placeOf(own), own), own);
  let last = 0;
  for (let place = 0; place <= 240; place++) {
    const threshold = thresholdAt(place, own);
    assert.ok(threshold > last && threshold < 1);
    last = threshold;
  }
});
