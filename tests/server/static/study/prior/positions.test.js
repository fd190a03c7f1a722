/** The same place in two examinations. */

import assert from "node:assert/strict";
import test from "node:test";

import {
  holds, matcher, within,
} from "../../../../../src/glioscope/server/static/study/prior/positions.js";
import { follow, sameWindow } from "../../../../../src/glioscope/server/static/study/prior/lock.js";
import { screenAt, tiles } from "../../../../../src/glioscope/server/static/study/view/layout.js";

const LATER = {
  shape: [100, 120, 30],
  spacing: [1, 1, 4],
  affine: [[1, 0, 0, -50], [0, 1, 0, -60], [0, 0, 4, -40]],
  nominal: false,
};
const PRIOR = {
  shape: [64, 64, 24],
  spacing: [2, 2, 5],
  affine: [[2, 0, 0, -60], [0, 2, 0, -66], [0, 0, 5, -46]],
  nominal: false,
};

test("the same mm is found on another grid", () => {
  // 50, 60, 10 is the scanner's (0, 0, 0).
  const found = matcher(LATER, PRIOR)([50, 60, 10]);
  found.forEach((at, axis) => assert.ok(Math.abs(at - [30, 33, 9.2][axis]) < 1e-9));
});

test("there and back is where one was, on an oblique grid too", () => {
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  const turned = {
    ...PRIOR,
    affine: [[2 * c, -2 * s, 0, 7], [2 * s, 2 * c, 0, -9], [0.1, 0.2, 5, 3]],
  };
  const back = matcher(turned, LATER)(matcher(LATER, turned)([12, 34, 5]));
  back.forEach((at, axis) => assert.ok(Math.abs(at - [12, 34, 5][axis]) < 1e-9));
});

test("without mm slices are matched by number", () => {
  assert.deepEqual(matcher({ ...LATER, nominal: true }, PRIOR)([50, 60, 7]), [32, 32, 7]);
});

test("a slice beyond the other's ends is told from one inside", () => {
  assert.equal(holds([0, 0, -0.6], PRIOR.shape), false);
  assert.equal(holds([0, 0, 23.4], PRIOR.shape), true);
  assert.equal(holds([0, 0, 23.6], PRIOR.shape), false);
  assert.deepEqual(within([-3, 31.4, 99], PRIOR.shape), [0, 31, 23]);
});

test("a window is the same share of the usual one", () => {
  const found = sameWindow({ low: 25, high: 75 }, { low: 0, high: 100 }, { low: 0, high: 4000 });
  assert.deepEqual(found, { low: 1000, high: 3000 });
});

/** @param {typeof LATER} place @param {object} more */
function desk({ shape, spacing }, more = {}) {
  const usual = { flair: { low: 0, high: 100 } };
  return {
    size: shape, spacing, at: [50, 60, 10], three: false, zoom: 1, pan: [0, 0], channel: "flair",
    channels: ["flair"], usual, windows: usual, window: usual.flair, ...more,
  };
}

test("both show the same mm at the same point of their screens", () => {
  const [width, height] = [400, 300];
  for (const more of [{}, { zoom: 2.5, pan: [31, -12] }, { three: true }]) {
    const [later, prior] = [desk(LATER, more), desk(PRIOR)];
    const match = matcher(LATER, PRIOR);
    const [current] = tiles(later, width, height);
    follow(later, prior, match, current, { width, height });
    const [other] = tiles(prior, width, height);
    for (const voxel of [[50, 60, 10], [10, 20, 10], [88, 99, 10]]) {
      const [x, y] = screenAt(current, later.size, voxel);
      const [otherX, otherY] = screenAt(other, prior.size, match(voxel));
      assert.ok(Math.abs(x - otherX) < 1e-6 && Math.abs(y - otherY) < 1e-6);
    }
    assert.equal(prior.at[2], 9);
  }
});
