/** Clearing, areas, and what was touched. */

import assert from "node:assert/strict";
import test from "node:test";

import { Mask } from "../../../../../src/glioscope/server/static/study/draw/mask.js";
import { Touched } from "../../../../../src/glioscope/server/static/study/draw/touched.js";
import { areas, count } from "../phantoms.js";

const SIZE = [12, 10, 6];

test("a cleared slice is empty", () => {
  for (const axis of [0, 1, 2]) {
    const mask = new Mask(SIZE, [1, 1, 1]);
    mask.data.fill(1);
    const box = mask.clearSlice(axis, 3);
    assert.deepEqual([box.lo[axis], box.hi[axis]], [3, 3]);
    assert.equal(count(mask), 720 - 720 / SIZE[axis]);
    assert.equal(areas(mask, axis)[3], 0);
  }
});

test("a slice is cleared of one label", () => {
  const mask = new Mask(SIZE, [1, 1, 1]);
  mask.data.fill(1, 0, 60);
  mask.data.fill(2, 60, 120);
  mask.clearSlice(2, 0, 1);
  assert.deepEqual([count(mask, 1), count(mask, 2)], [0, 60]);
});

test("areas of a cuboid", () => {
  const mask = new Mask(SIZE, [0.5, 2, 3]);
  for (let k = 1; k < 4; k++) {
    for (let j = 2; j < 6; j++) mask.data.fill(1, 4 + 12 * (j + 10 * k), 9 + 12 * (j + 10 * k));
  }
  mask.data[719] = 2;
  assert.deepEqual(areas(mask, 2, 1), [0, 20, 20, 20, 0, 0]);
  assert.deepEqual(areas(mask, 1, 1), [0, 0, 22.5, 22.5, 22.5, 22.5, 0, 0, 0, 0]);
  assert.deepEqual(areas(mask, 0, 1), [0, 0, 0, 0, 72, 72, 72, 72, 72, 0, 0, 0]);
  assert.deepEqual(areas(mask, 2), [0, 20, 20, 20, 0, 1]);
});

test("arrays of another length are refused", () => {
  const short = new Uint8Array(719);
  assert.throws(() => new Mask(SIZE, [1, 1, 1], short), RangeError);
  assert.throws(() => new Mask(SIZE, [1, 1, 1], undefined, short), RangeError);
  const growth = { seed: [1, 1, 1], tolerance: 1, radiusMm: 1, axis: null };
  assert.throws(() => new Mask(SIZE, [1, 1, 1]).grow(short, growth), RangeError);
});

test("one bit for each voxel", () => {
  const touched = new Touched(17);
  assert.equal(touched.bits.length, 3);
  for (const index of [0, 7, 8, 16]) touched.set(index, 1);
  touched.set(7, 0);
  const found = Array.from({ length: 17 }, (_, index) => index).filter((at) => touched.has(at));
  assert.deepEqual(found, [0, 8, 16]);
});
