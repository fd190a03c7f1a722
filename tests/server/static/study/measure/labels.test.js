/** Words beside lengths: where they stand alone, and that none lies on another. */

import assert from "node:assert/strict";
import test from "node:test";

import { apart } from "../../../../../src/glioscope/server/static/study/measure/labels.js";

const AREA = { x: 0, y: 0, width: 400, height: 300 };
const WIDTH = 50;
const HEIGHT = 15;

/** @param {[number, number]} left @param {[number, number]} right */
function label(left, right) {
  return { text: "20.0 mm", colour: "#fff", width: WIDTH, left, right };
}

/** @param {{x: number, y: number}[]} placed */
function overlapping(placed) {
  return placed.flatMap((one, k) =>
    placed.slice(k + 1).filter(
      (other) => Math.abs(one.x - other.x) < WIDTH && Math.abs(one.y - other.y) < HEIGHT,
    ),
  );
}

test("a text alone stands beside the right end of its length", () => {
  const [{ x, y }] = apart([label([100, 90], [140, 100])], AREA);
  assert.deepEqual([x, y], [148, 100]);
});

test("texts of lesions that are close stand apart", () => {
  const lesions = [0, 1, 2, 3].flatMap((k) => [
    label([200, 100 + 6 * k], [230, 104 + 6 * k]),
    label([212, 98 + 6 * k], [216, 112 + 6 * k]),
  ]);
  // The control: at their ends they would lie on each other.
  const ends = lesions.map(({ right: [x, y] }) => ({ x: x + 8, y }));
  assert.notEqual(overlapping(ends).length, 0);
  assert.equal(overlapping(apart(lesions, AREA)).length, 0);
});

test("a text without room on the right stands on the left, and none leaves the picture", () => {
  const [{ x }] = apart([label([300, 50], [380, 50])], AREA);
  assert.equal(x, 300 - 8 - WIDTH);
  const rim = [label([330, 296], [390, 298]), label([332, 298], [391, 299])];
  const placed = apart(rim, AREA);
  assert.equal(overlapping(placed).length, 0);
  for (const one of placed) {
    assert.ok(one.x >= 0 && one.x + WIDTH <= 400 && one.y + HEIGHT / 2 <= 300);
  }
});
