/** The way through the work list. */

import assert from "node:assert/strict";
import test from "node:test";

import * as round from "../../../src/glioscope/server/static/round.js";

/** What a window keeps. */
function kept() {
  /** @type {Map<string, string>} */
  const values = new Map();
  return {
    getItem: (/** @type {string} */ name) => values.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => {
      values.set(name, value);
    },
  };
}

test("from a study to the next of the list, and nowhere from the last or a foreign one", () => {
  const window = kept();
  assert.equal(round.following(window, "a"), null);
  round.keepOrder(window, ["a", "b", "c"]);
  assert.deepEqual(["a", "b", "c", "d"].map((id) => round.following(window, id)),
    ["b", "c", null, null]);
  round.keepOrder(window, []);
  assert.equal(round.following(window, ""), null);
});

test("the study that was looked at last is kept", () => {
  const window = kept();
  assert.equal(round.place(window), null);
  round.keepPlace(window, "b");
  assert.equal(round.place(window), "b");
});
