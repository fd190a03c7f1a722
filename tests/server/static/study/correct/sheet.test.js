/** The outline under a doctor's hand: steps, slices drawn by hand, and what lies between them. */

import assert from "node:assert/strict";
import test from "node:test";

import { Hand } from "../../../../../src/glioscope/server/static/study/correct/hand.js";
import { Sheet } from "../../../../../src/glioscope/server/static/study/correct/sheet.js";
import { Mask } from "../../../../../src/glioscope/server/static/study/draw/mask.js";

const SIZE = [20, 20, 9];
const HASH = "0".repeat(64);

/** @param {Mask} [mask] */
function sheetOf(mask = new Mask(SIZE, [1, 1, 1])) {
  let steps = 0;
  const sheet = new Sheet(mask, "empty", HASH, () => steps++);
  return { sheet, mask, steps: () => steps };
}

/**
 * A dot on one slice.
 * @param {Sheet} sheet
 * @param {number} slice
 */
function dot(sheet, slice, radiusMm = 3, erases = false) {
  const at = [10, 10, slice];
  sheet.begin();
  sheet.paint({ axis: 2, from: at, to: at, radiusMm }, erases);
  sheet.end();
}

test("slices between drawn ones are made, and not taken for drawn", () => {
  const { sheet, mask } = sheetOf();
  assert.equal(sheet.interpolate(), null);
  dot(sheet, 1);
  dot(sheet, 5);
  assert.deepEqual(sheet.drawn, [1, 5]);
  assert.deepEqual(sheet.interpolate(), { made: [2, 3, 4], empty: [] });
  assert.deepEqual(sheet.drawn, [1, 5]);
  assert.equal(sheet.voxels, 5 * mask.data.filter((_, at) => at < 800 && mask.data[at]).length);
});

test("what is drawn over a slice that was made counts from then on", () => {
  const { sheet } = sheetOf();
  dot(sheet, 1);
  dot(sheet, 5);
  sheet.interpolate();
  dot(sheet, 3, 5);
  assert.deepEqual(sheet.drawn, [1, 3, 5]);
  const before = sheet.voxels;
  sheet.interpolate();
  assert.ok(sheet.voxels > before);
});

test("every step goes back and forth, and the count of voxels with it", () => {
  const { sheet, mask, steps } = sheetOf();
  const states = [];
  const keep = () => states.push([sheet.voxels, mask.data.slice(), sheet.drawn]);
  keep();
  for (const work of [() => dot(sheet, 1), () => dot(sheet, 6), () => sheet.interpolate(),
    () => dot(sheet, 4, 2, true)]) {
    work();
    keep();
  }
  assert.equal(steps(), 4);
  for (const state of states.slice(0, -1).reverse()) {
    assert.ok(sheet.undo());
    assert.deepEqual([sheet.voxels, mask.data, sheet.drawn], state);
  }
  assert.equal(sheet.undo(), false);
  for (const state of states.slice(1)) {
    assert.ok(sheet.redo());
    assert.deepEqual([sheet.voxels, mask.data, sheet.drawn], state);
  }
  assert.equal(sheet.redo(), false);
});

test("a stroke that is taken back leaves nothing", () => {
  const { sheet, steps } = sheetOf();
  sheet.begin();
  sheet.paint({ axis: 2, from: [5, 5, 2], to: [9, 9, 2], radiusMm: 2 }, false);
  assert.ok(sheet.voxels > 0);
  sheet.undo();
  assert.equal(sheet.voxels, 0);
  assert.equal(sheet.canUndo, false);
  assert.equal(steps(), 0);
});

test("a draft remembers which slices were drawn by hand", () => {
  const { sheet, mask } = sheetOf();
  dot(sheet, 1);
  dot(sheet, 5);
  sheet.interpolate();
  const copy = new Mask(SIZE, [1, 1, 1], mask.data.slice(), mask.touched.bits.slice());
  assert.deepEqual(sheetOf(copy).sheet.drawn, [1, 5]);
});

/** @param {Record<string, unknown>} more */
function deskOf(more) {
  const desk = { tool: "brush", brushMm: 4, around: 0, tolerance: 0.1, channel: "flair",
    usual: { flair: { low: 0, high: 100 } }, ...more };
  return { ...desk, set: (changes) => Object.assign(desk, changes) };
}

test("a hand draws along its way, on as many slices as it is told", () => {
  const { sheet } = sheetOf();
  const hand = new Hand(deskOf({ around: 1 }), () => sheet, () => null);
  hand.begin([4, 10, 4], false);
  hand.move([15, 10, 4]);
  hand.end();
  assert.deepEqual(sheet.drawn, [3, 4, 5]);
  const wide = sheet.voxels;
  hand.begin([10, 10, 4], true);
  hand.end();
  assert.ok(sheet.voxels < wide);
  hand.begin([10, 10, 4], false);
  hand.cancel();
  sheet.undo();
  assert.equal(sheet.voxels, wide);
});

test("keys in the middle of a stroke leave every step whole", () => {
  const { sheet } = sheetOf();
  const hand = new Hand(deskOf({}), () => sheet, () => null);
  hand.begin([4, 10, 4], false);
  sheet.undo();
  hand.move([15, 10, 4]);
  hand.end();
  assert.equal(sheet.voxels, 0);
  hand.begin([4, 10, 4], false);
  assert.equal(sheet.fill(4), false);
  hand.move([15, 10, 4]);
  hand.end();
  const kept = sheet.voxels;
  assert.ok(kept > 0);
  sheet.undo();
  assert.equal(sheet.voxels, 0);
  sheet.redo();
  assert.equal(sheet.voxels, kept);
});

test("another tolerance grows anew from the same place", () => {
  const { sheet, mask } = sheetOf();
  const bright = new Int16Array(mask.data.length);
  // Rings of 10 grey levels around the middle, as wide as one voxel.
  for (let at = 0; at < bright.length; at++) {
    const [x, y] = [(at % 20) - 10, (Math.trunc(at / 20) % 20) - 10];
    bright[at] = 100 - 10 * Math.round(Math.hypot(x, y));
  }
  const desk = deskOf({ tool: "grow", tolerance: 0.15 });
  const hand = new Hand(desk, () => sheet, () => bright);
  hand.begin([10, 10, 4], false);
  const few = sheet.voxels;
  assert.ok(few > 1);
  desk.tolerance = 0.4;
  hand.regrow();
  assert.ok(sheet.voxels > few);
  desk.tolerance = 0.15;
  hand.regrow();
  assert.equal(sheet.voxels, few);
  sheet.undo();
  assert.equal(sheet.voxels, 0);
});
