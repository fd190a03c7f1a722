/** Filling contours and growing a region, on known shapes. */

import assert from "node:assert/strict";
import test from "node:test";

import { Mask } from "../../../../../src/glioscope/server/static/study/draw/mask.js";
import { alike, chance, count, disc, drawing } from "../phantoms.js";

const AXES = [0, 1, 2];

function ring(axis) {
  const mask = new Mask([15, 15, 15], [1, 1, 1]);
  disc(mask, axis, 7, [7, 7], 5);
  disc(mask, axis, 7, [7, 7], 3, 0);
  return mask;
}

for (const axis of AXES) {
  test(`a closed contour is filled along axis ${axis}, on its slice alone`, () => {
    const mask = ring(axis);
    const full = new Mask([15, 15, 15], [1, 1, 1]);
    disc(full, axis, 7, [7, 7], 5);
    mask.fillHoles(axis, 7);
    assert.ok(alike(mask, full));
    assert.equal(mask.fillHoles(axis, 7), null);
  });

  test(`an open contour holds nothing along axis ${axis}`, () => {
    const mask = ring(axis);
    const gap = [7, 7, 7];
    gap[axis === 0 ? 1 : 0] = 3;
    mask.erase({ axis, from: gap, to: gap, radiusMm: 1.5 });
    assert.equal(mask.fillHoles(axis, 7), null);
  });
}

test("a contour whose pixels meet at corners is closed", () => {
  const mask = new Mask([5, 5, 1], [1, 1, 1]);
  for (const [i, j] of [[2, 1], [1, 2], [3, 2], [2, 3]]) mask.data[i + 5 * j] = 1;
  mask.fillHoles(2, 0);
  assert.equal(drawing(mask, 2, 0), [".....", "..1..", ".111.", "..1..", "....."].join("\n"));
});

test("contours by chance hold what cannot be reached from outside", () => {
  const random = chance(14);
  const [width, height] = [14, 9];
  for (let round = 0; round < 200; round++) {
    const mask = new Mask([width, height, 1], [1, 1, 1]);
    mask.data.forEach((_, index) => (mask.data[index] = Number(random() < 0.55)));
    const outside = reachedFromOutside(mask.data, width, height);
    mask.fillHoles(2, 0);
    assert.deepEqual(mask.data, outside.map((value) => 1 - value));
  }
});

/** 1 on what steps to the side reach from beyond the picture: looked for until none is new. */
function reachedFromOutside(data, width, height) {
  const found = new Uint8Array(data.length);
  const at = (u, v) => u < 0 || v < 0 || u >= width || v >= height || found[u + width * v];
  for (let changed = true; changed; ) {
    changed = false;
    data.forEach((value, index) => {
      const [u, v] = [index % width, Math.trunc(index / width)];
      const near = at(u - 1, v) || at(u + 1, v) || at(u, v - 1) || at(u, v + 1);
      if (value || found[index] || !near) return;
      found[index] = 1;
      changed = true;
    });
  }
  return found;
}

test("another lesion within a contour stays", () => {
  const mask = ring(2);
  mask.data[7 + 15 * (7 + 15 * 7)] = 2;
  mask.fillHoles(2, 7);
  assert.equal(count(mask, 2), 1);
  assert.equal(count(mask, 1), 80);
});

test("slices that are not there are refused", () => {
  assert.throws(() => ring(2).fillHoles(2, 15), RangeError);
  assert.throws(() => ring(2).clearSlice(2, 0.5), RangeError);
});

function bright(type) {
  const size = [21, 21, 11];
  const values = new type(size[0] * size[1] * size[2]).fill(10);
  for (let k = 2; k < 9; k++) {
    for (let j = 5; j < 16; j++) values.fill(100, 5 + 21 * (j + 21 * k), 16 + 21 * (j + 21 * k));
  }
  return { mask: new Mask(size, [1, 1, 2]), values };
}

const WIDE = { seed: [10, 10, 5], tolerance: 5, radiusMm: 100, axis: null };

for (const type of [Uint8Array, Int16Array]) {
  test(`a bright cuboid grows whole, ${type.name}`, () => {
    const { mask, values } = bright(type);
    assert.deepEqual(mask.grow(values, WIDE), { lo: [5, 5, 2], hi: [15, 15, 8] });
    assert.equal(count(mask), 11 * 11 * 7);
  });
}

test("in two dimensions it stays on its slice", () => {
  const { mask, values } = bright(Uint8Array);
  for (const axis of AXES) {
    const box = mask.grow(values, { ...WIDE, axis });
    assert.ok(box && box.lo[axis] <= WIDE.seed[axis] && box.hi[axis] >= WIDE.seed[axis]);
  }
  assert.equal(count(mask), 11 * 11 + 2 * 11 * 7 - 2 * 11 - 7 + 1);
});

test("the radius is in mm", () => {
  const { mask, values } = bright(Int16Array);
  assert.deepEqual(mask.grow(values, { ...WIDE, radiusMm: 4 }), { lo: [6, 6, 3], hi: [14, 14, 7] });
});

test("the seed's mean is that of its neighbourhood", () => {
  const { mask, values } = bright(Uint8Array);
  values[10 + 21 * (10 + 21 * 5)] = 127; // the mean of the 3 × 3 × 3 is 101
  mask.grow(values, { ...WIDE, tolerance: 1 });
  assert.equal(count(mask), 11 * 11 * 7);
});

test("growth goes round other lesions and does not start in one", () => {
  const { mask, values } = bright(Uint8Array);
  for (let k = 0; k < 11; k++) mask.data.fill(2, 21 * (8 + 21 * k), 21 * (9 + 21 * k));
  assert.deepEqual(mask.grow(values, WIDE), { lo: [5, 9, 2], hi: [15, 15, 8] });
  assert.equal(mask.grow(values, { ...WIDE, seed: [10, 8, 5] }), null);
  assert.equal(mask.grow(values, { ...WIDE, seed: [10, 80, 5] }), null);
});

test("intensities on another grid are refused", () => {
  const { mask } = bright(Uint8Array);
  assert.throws(() => mask.grow(new Uint8Array(5), WIDE), RangeError);
});
