/** The brush: its size in mm, its line without gaps, its slices, its edges. */

import assert from "node:assert/strict";
import test from "node:test";

import { Mask } from "../../../../../src/glioscope/server/static/study/draw/mask.js";
import { alike, areas, chance, count, drawing } from "../phantoms.js";

const AXES = [0, 1, 2];

function still(axis, at, radiusMm) {
  return { axis, from: at, to: at, radiusMm };
}

test("a disc of 2 mm on voxels of 1 mm", () => {
  const mask = new Mask([7, 7, 1], [1, 1, 5]);
  const box = mask.brush(still(2, [3, 3, 0], 2));
  const known = [".......", "...1...", "..111..", ".11111.", "..111..", "...1...", "......."];
  assert.equal(drawing(mask, 2, 0), known.join("\n"));
  assert.deepEqual(box, { lo: [1, 1, 0], hi: [5, 5, 0] });
});

test("the radius is in mm: half as many voxels of twice the side", () => {
  const mask = new Mask([5, 9, 1], [2, 1, 1]);
  mask.brush(still(2, [2, 4, 0], 2));
  const known = [".....", ".....", "..1..", "..1..", ".111.", "..1..", "..1..", ".....", "....."];
  assert.equal(drawing(mask, 2, 0), known.join("\n"));
});

test("a brush smaller than a voxel leaves a line without gaps", () => {
  const random = chance(1);
  for (let round = 0; round < 50; round++) {
    const mask = new Mask([40, 40, 1], [1, 1, 1]);
    const at = () => [1 + random() * 37, 1 + random() * 37, 0];
    const [from, to] = [at(), at()];
    mask.brush({ axis: 2, from, to, radiusMm: 0.1 });
    const ends = [from, to].map(([i, j]) => Math.round(i) + 40 * Math.round(j));
    assert.ok(joinedByCorners(mask.data, 40, ends[0]).has(ends[1]));
    assert.equal(joinedByCorners(mask.data, 40, ends[0]).size, count(mask));
  }
});

/** Pixels that a king reaches from one, on those that are set. */
function joinedByCorners(data, width, start) {
  const reached = new Set([start]);
  for (const at of reached) {
    for (const by of [-width - 1, -width, 1 - width, -1, 1, width - 1, width, width + 1]) {
      if (data[at + by]) reached.add(at + by);
    }
  }
  return reached;
}

test("a stroke in one piece covers what small steps cover", () => {
  const random = chance(2);
  for (let round = 0; round < 30; round++) {
    const [whole, steps] = [0, 0].map(() => new Mask([50, 50, 3], [0.9, 1.2, 4]));
    const [from, to] = [0, 0].map(() => [random() * 49, random() * 49, 1]);
    const between = (part) => from.map((start, axis) => start + (to[axis] - start) * part);
    whole.brush({ axis: 2, from, to, radiusMm: 4 });
    for (let step = 0; step < 400; step++) {
      const piece = { from: between(step / 400), to: between((step + 1) / 400) };
      steps.brush({ axis: 2, ...piece, radiusMm: 4 });
    }
    assert.ok(alike(whole, steps));
  }
});

for (const axis of AXES) {
  test(`slices on both sides along axis ${axis}, cut off at the end of the volume`, () => {
    const mask = new Mask([9, 9, 9], [1, 1, 1]);
    const at = [4, 4, 4];
    at[axis] = 1;
    const box = mask.brush({ ...still(axis, at, 2), around: 2 });
    const found = areas(mask, axis);
    assert.deepEqual(found, [13, 13, 13, 13, 0, 0, 0, 0, 0]);
    assert.deepEqual([box.lo[axis], box.hi[axis]], [0, 3]);
  });
}

test("outside the picture nothing is drawn, and nothing on the other side", () => {
  const mask = new Mask([8, 8, 2], [1, 1, 1]);
  assert.equal(mask.brush(still(2, [-5, 3, 0], 2)), null);
  assert.deepEqual(mask.brush(still(2, [-1, 3, 0], 2)), { lo: [0, 2, 0], hi: [1, 4, 0] });
  assert.equal(mask.brush({ ...still(2, [3, 3, 7], 2), around: 1 }), null);
});

test("strokes across the edge cover what they cover in a larger picture", () => {
  const random = chance(13);
  for (let round = 0; round < 60; round++) {
    const axis = round % 3;
    const [small, large] = [10, 30].map((n) => new Mask([n, n, n], [0.8, 1, 1.3]));
    const at = () => [0, 0, 0].map((_, other) => (other === axis ? 4 : random() * 24 - 7));
    const stroke = { axis, from: at(), to: at(), radiusMm: random() * 3, around: 1 };
    const shift = (point) => point.map((value) => value + 10);
    small.brush(stroke);
    large.brush({ ...stroke, from: shift(stroke.from), to: shift(stroke.to) });
    small.data.forEach((value, index) => {
      const [i, j, k] = [index % 10, Math.trunc(index / 10) % 10, Math.trunc(index / 100)];
      assert.equal(value, large.data[i + 10 + 30 * (j + 10 + 30 * (k + 10))]);
    });
  }
});

test("the eraser wipes every label, and the brush takes over", () => {
  const mask = new Mask([9, 9, 1], [1, 1, 1]);
  mask.brush(still(2, [4, 4, 0], 3), 2);
  mask.brush(still(2, [4, 4, 0], 1), 3);
  assert.equal(count(mask, 3), 5);
  mask.erase(still(2, [4, 4, 0], 3));
  assert.ok(alike(mask, new Mask([9, 9, 1], [1, 1, 1])));
});

test("a label that is none is refused before anything is drawn", () => {
  const mask = new Mask([9, 9, 1], [1, 1, 1]);
  for (const label of [-1, 256, 1.5, NaN]) {
    assert.throws(() => mask.brush(still(2, [4, 4, 0], 1), label), RangeError);
  }
  assert.ok(mask.data.every((value) => value === 0));
});
