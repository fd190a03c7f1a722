/** What the study page shows at the moment. */

import assert from "node:assert/strict";
import test from "node:test";

import { Desk } from "../../../../src/glioscope/server/static/study/desk.js";

const FACTS = {
  shape: /** @type {[number, number, number]} */ ([4, 4, 3]),
  spacing: /** @type {[number, number, number]} */ ([1, 1, 1]),
  affine: /** @type {any} */ ([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]),
  nominal: false,
  channels: ["flair"],
  window: /** @type {Record<string, [number, number]>} */ ({ flair: [0, 100] }),
  slice_names: ["1", "2", "3"],
};

test("a reset shows all that was shown at the start, and stays on the slice", () => {
  const desk = new Desk(FACTS);
  const shown = ["outline", "modelShown", "boundsShown", "ownShown"];
  desk.set({ outline: false, modelShown: false, boundsShown: false, ownShown: false });
  desk.set({ zoom: 3, fill: 0.5 });
  desk.setWindow({ low: 10, high: 20 });
  desk.go(2);
  desk.reset();
  for (const name of shown) assert.equal(/** @type {any} */ (desk)[name], true, name);
  assert.deepEqual([desk.zoom, desk.fill, desk.slice], [1, 0, 2]);
  assert.deepEqual(desk.window, { low: 0, high: 100 });
});
