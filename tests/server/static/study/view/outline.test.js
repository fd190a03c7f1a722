/** The border of a mask as closed ways round. */

import assert from "node:assert/strict";
import test from "node:test";

import { edges, loops } from "../../../../../src/glioscope/server/static/study/view/outline.js";

/** @param {string[]} rows */
function picture(rows) {
  return Uint8Array.from(rows.join(""), Number);
}

test("each region and each hole is one way round, and every line is passed once", () => {
  const rows = ["0000000", "0111010", "0101000", "0111000", "0000000"];
  const lines = edges(picture(rows), 7);
  const found = loops(lines);
  assert.equal(found.length, 3);
  const corners = found.reduce((sum, loop) => sum + loop.length, 0);
  assert.equal(corners, lines.length / 4);
  for (const loop of found) {
    loop.forEach(([x, y], at) => {
      const [nextX, nextY] = loop[(at + 1) % loop.length];
      assert.ok((x === nextX) !== (y === nextY));
    });
  }
});

test("regions that touch at a corner are all gone round", () => {
  const lines = edges(picture(["10", "01"]), 2);
  const corners = loops(lines).reduce((sum, loop) => sum + loop.length, 0);
  assert.equal(corners, lines.length / 4);
});

test("nothing has no border", () => {
  assert.deepEqual(loops(edges(picture(["00", "00"]), 2)), []);
});
