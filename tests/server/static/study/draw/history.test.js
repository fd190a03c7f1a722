/** Undo and redo: every edit one step, all the way back and forth, within a bound of memory. */

import assert from "node:assert/strict";
import test from "node:test";
import { isDeepStrictEqual } from "node:util";

import { History } from "../../../../../src/glioscope/server/static/study/draw/history.js";
import { Mask } from "../../../../../src/glioscope/server/static/study/draw/mask.js";
import { packed, unpack } from "../../../../../src/glioscope/server/static/study/draw/runs.js";
import { chance, disc } from "../phantoms.js";

const SIZE = [24, 20, 10];

function started() {
  const mask = new Mask(SIZE, [1, 1, 3]);
  disc(mask, 2, 4, [11, 9], 5);
  return { mask, history: new History(mask) };
}

function spot(i, j, k) {
  return { axis: 2, from: [i, j, k], to: [i, j, k], radiusMm: 2 };
}

function snapshot(mask) {
  return { data: mask.data.slice(), touched: mask.touched.bits.slice() };
}

/** One edit by chance, of every kind that there is. */
function anything(mask, random) {
  const values = Uint8Array.from(mask.data, () => Math.floor(random() * 256));
  const axis = Math.floor(random() * 3);
  const slice = Math.floor(random() * SIZE[axis]);
  const at = () => SIZE.map((length) => Math.floor(random() * length));
  const label = 1 + Math.floor(random() * 3);
  const stroke = { axis, from: at(), to: at(), radiusMm: random() * 5, around: label - 1 };
  const growth = { seed: at(), tolerance: 60, radiusMm: 8, axis: random() < 0.5 ? null : axis };
  const kinds = [
    () => mask.brush(stroke, label),
    () => mask.erase(stroke),
    () => mask.fillHoles(axis, slice, label),
    () => mask.grow(values, growth, label),
    () => mask.interpolate(axis, label),
    () => mask.clearSlice(axis, slice, random() < 0.5 ? label : undefined),
  ];
  kinds[Math.floor(random() * kinds.length)]();
}

for (let seed = 0; seed < 20; seed++) {
  test(`undo all gives the start and redo all the end, seed ${seed}`, () => {
    const random = chance(seed);
    const { mask, history } = started();
    const seen = [snapshot(mask)];
    for (let edit = 0; edit < 40; edit++) {
      history.begin();
      for (let part = 0; part < 1 + random() * 3; part++) anything(mask, random);
      history.commit();
      const now = snapshot(mask);
      if (!isDeepStrictEqual(now, seen[seen.length - 1])) seen.push(now);
    }
    for (let at = seen.length - 2; at >= 0; at--) {
      assert.ok(history.undo());
      assert.deepEqual(snapshot(mask), seen[at]);
    }
    assert.equal(history.undo(), null);
    for (let at = 1; at < seen.length; at++) {
      assert.ok(history.redo());
      assert.deepEqual(snapshot(mask), seen[at]);
    }
    assert.equal(history.redo(), null);
  });
}

test("a stroke of many pieces is one step, and says where", () => {
  const { mask, history } = started();
  const before = snapshot(mask);
  history.begin();
  for (let i = 3; i < 20; i++) mask.brush(spot(i, 15, 6));
  const box = { lo: [1, 13, 6], hi: [21, 17, 6] };
  assert.deepEqual(history.commit(), box);
  assert.deepEqual(history.undo(), box);
  assert.deepEqual(snapshot(mask), before);
  assert.deepEqual(history.redo(), box);
  assert.ok(!history.canRedo && history.canUndo);
});

test("a cancelled stroke leaves nothing, and keeps what could be redone", () => {
  const { mask, history } = started();
  history.edit(() => mask.brush(spot(5, 5, 5)));
  history.undo();
  const before = snapshot(mask);
  history.begin();
  mask.brush(spot(5, 5, 5));
  mask.erase(spot(11, 9, 4));
  assert.deepEqual(history.cancel(), { lo: [3, 3, 4], hi: [13, 11, 5] });
  assert.deepEqual(snapshot(mask), before);
  assert.ok(!history.canUndo && history.canRedo);
});

test("undo within an edit cancels it; redo waits", () => {
  const { mask, history } = started();
  const before = snapshot(mask);
  history.begin();
  mask.brush(spot(5, 5, 5));
  assert.equal(history.redo(), null);
  assert.ok(history.canUndo);
  history.undo();
  assert.deepEqual(snapshot(mask), before);
  assert.throws(() => history.commit(), /no edit/);
});

test("a new edit clears what could be redone; one that changes nothing does not", () => {
  const { mask, history } = started();
  history.edit(() => mask.brush(spot(5, 5, 5)));
  history.edit(() => mask.brush(spot(9, 9, 9)));
  const bytes = history.bytes;
  history.undo();
  assert.equal(history.bytes, bytes);
  assert.equal(history.edit(() => mask.brush(spot(-50, 5, 5))), null);
  assert.ok(history.canRedo);
  history.edit(() => mask.brush(spot(2, 2, 2)));
  assert.ok(!history.canRedo);
  assert.ok(history.undo() && history.undo());
  assert.equal(history.bytes, bytes);
});

test("what changes and changes back within an edit is no step", () => {
  const { mask, history } = started();
  history.edit(() => mask.brush(spot(5, 5, 5)));
  history.begin();
  mask.erase(spot(5, 5, 5));
  mask.brush(spot(5, 5, 5));
  assert.equal(history.commit(), null);
  history.undo();
  assert.ok(!history.canUndo);
});

test("an edit that throws is taken back, and a second one is not opened", () => {
  const { mask, history } = started();
  const before = snapshot(mask);
  const broken = () => {
    mask.brush(spot(5, 5, 5));
    history.begin();
  };
  assert.throws(() => history.edit(broken), /open already/);
  assert.deepEqual(snapshot(mask), before);
  assert.ok(!history.canUndo);
});

test("the touch of a voxel is undone too", () => {
  const { mask, history } = started();
  const before = snapshot(mask);
  history.edit(() => mask.erase(spot(5, 5, 5)));
  assert.notDeepEqual(mask.touched.bits, before.touched);
  history.undo();
  assert.deepEqual(snapshot(mask), before);
});

test("the oldest edits fall off when the memory is full, and the rest still fit together", () => {
  const random = chance(7);
  const mask = new Mask(SIZE, [1, 1, 3]);
  const history = new History(mask, 6000);
  const seen = [snapshot(mask)];
  for (let edit = 0; edit < 60; edit++) {
    history.edit(() => mask.brush(spot(random() * 24, random() * 20, edit % 10), 1 + (edit % 9)));
    seen.push(snapshot(mask));
    assert.ok(history.bytes <= 6000);
  }
  let undone = 0;
  while (history.undo()) assert.deepEqual(snapshot(mask), seen[60 - ++undone]);
  assert.ok(undone >= 8 && undone < 60, `${undone}`);
  while (history.redo());
  assert.deepEqual(snapshot(mask), seen[60]);
});

test("an edit larger than the memory cannot be undone, and no older one", () => {
  const mask = new Mask(SIZE, [1, 1, 3]);
  const history = new History(mask, 900);
  history.edit(() => mask.brush(spot(5, 5, 5)));
  assert.ok(history.canUndo);
  const random = chance(8);
  history.edit(() => {
    for (let k = 0; k < 200; k++) {
      mask.brush({ ...spot(random() * 24, random() * 20, k % 10), radiusMm: 0 });
    }
  });
  assert.ok(!history.canUndo);
  assert.equal(history.bytes, 0);
});

test("runs come back as they went in", () => {
  const random = chance(9);
  for (let round = 0; round < 200; round++) {
    const known = new Map();
    let index = Math.floor(random() * 2 ** 30);
    for (let run = 0; run < random() * 20; run++) {
      const states = [Math.floor(random() * 512), Math.floor(random() * 512)];
      for (let left = random() * 300; left > 0; left--) known.set(index++, states);
      index += Math.floor(random() * 2 ** (random() * 24));
    }
    const bytes = packed(
      Int32Array.from(known.keys()),
      (at) => known.get(at)[0],
      (at) => known.get(at)[1],
    );
    const found = new Map();
    unpack(bytes, (start, length, ...states) => {
      for (let at = start; at < start + length; at++) found.set(at, states);
    });
    assert.deepEqual(found, known);
  }
});
