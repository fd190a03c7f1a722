/** How long edits of a volume of a real size take: printed, not judged. */

import test from "node:test";

import { History } from "../../../../../src/glioscope/server/static/study/draw/history.js";
import { Mask } from "../../../../../src/glioscope/server/static/study/draw/mask.js";
import { disc } from "../phantoms.js";

const SIZE = [256, 256, 40];

/** Median and slowest of some runs, in ms. */
function times(work, runs = 15) {
  const taken = Array.from({ length: runs }, (_, run) => {
    const start = performance.now();
    work(run);
    return performance.now() - start;
  });
  return taken.sort((a, b) => a - b);
}

test("times", (t) => {
  const mask = new Mask(SIZE, [1, 1, 4]);
  const history = new History(mask);
  const values = Uint8Array.from(mask.data, (_, index) => {
    const [i, j] = [index % 256, Math.trunc(index / 256) % 256];
    return 127 + 120 * Math.sin(i / 30) * Math.sin(j / 25);
  });
  const say = (name, taken) => {
    const [median, slowest] = [taken[taken.length >> 1], taken[taken.length - 1]];
    t.diagnostic(`${name}: ${median.toFixed(2)} ms, the slowest ${slowest.toFixed(2)} ms`);
  };
  const drag = { axis: 2, to: [150, 130, 20], radiusMm: 5 };
  for (const [plane, axis] of [["axial", 2], ["coronal", 1], ["sagittal", 0]]) {
    const stroke = (run) => ({ ...drag, axis, from: [100 + run, 120, 20] });
    const paint = (run) => history.edit(() => mask.brush(stroke(run)));
    say(`${plane} brush, begun and kept`, times(paint));
  }
  say("undo", times(() => history.undo()));
  say("redo", times(() => history.redo()));
  mask.data.fill(0);
  disc(mask, 2, 5, [120, 120], 40);
  disc(mask, 2, 16, [130, 125], 60);
  const ten = () => history.edit(() => mask.interpolate(2, 1, [5, 16]));
  say("interpolation of 10 slices", times(ten, 5));
  say("fill", times(() => history.edit(() => mask.fillHoles(2, 10)), 5));
  const growth = { seed: [125, 125, 10], tolerance: 300, radiusMm: 40, axis: null };
  say("growing a ball of 40 mm", times(() => history.edit(() => mask.grow(values, growth)), 5));
});
