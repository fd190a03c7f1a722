/** Places on the screen: there and back, scale bar, windows, outlines, stops and keys. */

import assert from "node:assert/strict";
import test from "node:test";

import {
  asksHelp,
  KEYS,
  keyOf,
} from "../../../../../src/glioscope/server/static/study/controls/keys.js";
import {
  barMm,
  panAround,
  screenAt,
  tileAt,
  tiles,
  voxelAt,
} from "../../../../../src/glioscope/server/static/study/view/layout.js";
import { edges } from "../../../../../src/glioscope/server/static/study/view/outline.js";
import {
  marksOf,
  nextStop,
  stops,
} from "../../../../../src/glioscope/server/static/study/result/places.js";
import { lengthOf } from "../../../../../src/glioscope/server/static/study/measure/ruler.js";
import { dragged, preset } from "../../../../../src/glioscope/server/static/study/view/windows.js";
import { chance } from "../phantoms.js";

const SHOWN = {
  size: [100, 120, 20],
  spacing: [1, 1, 5],
  at: [10, 20, 3],
  three: false,
  zoom: 1,
  pan: [0, 0],
};

/** @param {number[]} found @param {number[]} wanted */
function close(found, wanted) {
  found.forEach((value, place) => assert.ok(Math.abs(value - wanted[place]) < 1e-9, `${found}`));
}

test("one plane fits its place, and its pixels have the sides of the voxels", () => {
  const [tile] = tiles(SHOWN, 480, 240);
  assert.equal(tile.plane, "axial");
  assert.equal(tile.slice, 3);
  assert.deepEqual([tile.scaleX, tile.scaleY, tile.zoom], [2, 2, 2]);
  assert.deepEqual([tile.left, tile.top], [140, 0]);
});

test("three planes share the place, each at the voxel that all pass", () => {
  const all = tiles({ ...SHOWN, three: true }, 500, 400);
  assert.deepEqual(all.map(({ plane, slice }) => [plane, slice]), [
    ["axial", 3],
    ["coronal", 20],
    ["sagittal", 10],
  ]);
  assert.ok(Math.abs(all[1].scaleY / all[1].scaleX - 5) < 1e-9);
  assert.equal(tileAt(all, 100, 100)?.plane, "axial");
  assert.equal(tileAt(all, 490, 10)?.plane, "coronal");
  assert.equal(tileAt(all, 490, 390)?.plane, "sagittal");
  assert.equal(tileAt(all, 501, 10), undefined);
});

test("there and back by chance in every plane, zoomed and moved", () => {
  const random = chance(5);
  for (let round = 0; round < 100; round++) {
    const moved = { three: true, zoom: 1 + 5 * random(), pan: [90 * random(), -90 * random()] };
    for (const tile of tiles({ ...SHOWN, ...moved }, 700, 500)) {
      const [x, y] = [700 * random(), 500 * random()];
      close(screenAt(tile, SHOWN.size, voxelAt(tile, SHOWN.size, x, y)), [x, y]);
    }
  }
});

test("a zoom keeps the point under the pointer", () => {
  const point = [130, 70];
  const [before] = tiles(SHOWN, 480, 240);
  const pan = panAround(before.area, [0, 0], 2.5, point);
  const [after] = tiles({ ...SHOWN, zoom: 2.5, pan }, 480, 240);
  close(voxelAt(after, SHOWN.size, ...point), voxelAt(before, SHOWN.size, ...point));
});

test("the scale bar is 1, 2 or 5 by tens and takes no more than a third", () => {
  assert.equal(barMm(300, 1), 100);
  assert.equal(barMm(290, 1), 50);
  assert.equal(barMm(300, 4), 20);
  assert.equal(barMm(300, 250), 0.2);
});

test("windows: presets are shares of the usual one, a drag is wide to the right", () => {
  const usual = { low: 0, high: 400 };
  assert.deepEqual(preset(1, usual), usual);
  close(Object.values(preset(5, usual)), [0, 220]);
  assert.deepEqual(dragged(usual, usual, 100, 0), { low: -50, high: 450 });
  assert.deepEqual(dragged(usual, usual, 0, -40), { low: -40, high: 360 });
  const { low, high } = dragged(usual, usual, -9999, 0);
  assert.ok(high > low);
});

test("the outline runs round the mask along the edges of pixels, holes too", () => {
  assert.deepEqual(edges(new Uint8Array(6), 3), []);
  assert.deepEqual(edges(Uint8Array.of(0, 1, 1, 0, 0, 0), 3), [
    1, 0, 3, 0, 1, 1, 3, 1, 1, 0, 1, 1, 3, 0, 3, 1,
  ]);
  const ring = Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1);
  const length = edges(ring, 3).reduce((sum, at, n) => sum + (n % 4 > 1 ? at : -at), 0);
  assert.equal(length, 12 + 4);
});

test("stops are findings and possible misses, in turn and round the end", () => {
  const all = stops([{ diameter_slice: 9 }, { diameter_slice: 4 }], [{ index: 9 }, { index: 17 }]);
  assert.deepEqual(all, [4, 9, 17]);
  assert.equal(nextStop(all, 4, 1), 9);
  assert.equal(nextStop(all, 17, 1), 4);
  assert.equal(nextStop(all, 4, -1), 17);
  assert.equal(nextStop(all, 12, -1), 9);
  assert.equal(nextStop([], 4, 1), null);
});

test("poor quality outweighs the other sign of a slice", () => {
  const misses = [
    { index: 1, reason_code: "miss.blob", box_px: null },
    { index: 1, reason_code: "miss.quality", box_px: null },
    { index: 0, reason_code: "miss.gap", box_px: null },
  ];
  const marks = marksOf([0.1, 0.2, 0.9], [false, false, true], misses);
  assert.deepEqual(marks.map(({ sign }) => sign), ["miss", "quality", null]);
  assert.deepEqual(marks.map(({ called }) => called), [false, false, true]);
});

test("lengths are in mm, or in pixels where no spacing is known", () => {
  assert.equal(lengthOf([0, 0, 5], [3, 4, 5], [2, 2, 5], false), 10);
  assert.equal(lengthOf([0, 0, 5], [3, 4, 5], [2, 2, 5], true), 5);
});

test("keys go by their place, each has one duty, and the browser's own are left alone", () => {
  const codes = KEYS.flatMap((key) => key.codes);
  assert.equal(new Set(codes).size, codes.length);
  const plain = { ctrlKey: false, altKey: false, metaKey: false };
  assert.equal(keyOf({ code: "KeyF", ...plain })?.action, "flair");
  assert.equal(keyOf({ code: "KeyR", ...plain, ctrlKey: true }), undefined);
  assert.ok(asksHelp({ code: "Digit7", key: "?", shiftKey: true, ctrlKey: false }));
  assert.ok(asksHelp({ code: "Slash", key: ",", shiftKey: true, ctrlKey: false }));
  assert.ok(!asksHelp({ code: "Slash", key: "/", shiftKey: false, ctrlKey: false }));
});
