/** Volumes out of files, diameters at their places, and figures as they are written. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import test, { beforeEach } from "node:test";

import {
  diameterRulers,
} from "../../../../../src/glioscope/server/static/study/measure/diameter_lines.js";
import {
  readVolume,
  volumeOf,
} from "../../../../../src/glioscope/server/static/study/grid/nifti.js";
import { lengthOf } from "../../../../../src/glioscope/server/static/study/measure/ruler.js";
import * as wording from "../../../../../src/glioscope/server/static/study/result/wording.js";
import { loadTexts } from "../../../../../src/glioscope/server/static/texts.js";

/** @param {Uint8Array | Int16Array} values */
function file(values, size = [2, 3, 4], spacing = [0.5, 0.75, 5]) {
  const bytes = new ArrayBuffer(352 + values.byteLength);
  const view = new DataView(bytes);
  const wide = values.BYTES_PER_ELEMENT === 2;
  view.setInt32(0, 348, true);
  [3, ...size].forEach((count, at) => view.setInt16(40 + 2 * at, count, true));
  view.setInt16(70, wide ? 4 : 2, true);
  [1, ...spacing].forEach((step, at) => view.setFloat32(76 + 4 * at, step, true));
  view.setFloat32(108, 352, true);
  new Uint8Array(bytes, 352).set(new Uint8Array(values.buffer));
  return bytes;
}

/** @param {ArrayBuffer} bytes */
function packed(bytes) {
  const { buffer, byteOffset, byteLength } = gzipSync(new Uint8Array(bytes));
  return buffer.slice(byteOffset, byteOffset + byteLength);
}

for (const values of [Uint8Array.from({ length: 24 }, (_, n) => n * 10),
  Int16Array.from({ length: 24 }, (_, n) => n * 300 - 2000)]) {
  test(`${values.constructor.name} out of a packed file`, async () => {
    const volume = await readVolume(packed(file(values)));
    assert.deepEqual(volume, { data: values, size: [2, 3, 4], spacing: [0.5, 0.75, 5] });
  });
}

test("what is no such file is refused, and so is half of one", async () => {
  const whole = file(new Uint8Array(24));
  assert.throws(() => volumeOf(new ArrayBuffer(9)), { code: "length" });
  assert.throws(() => volumeOf(new ArrayBuffer(400)), { code: "damaged" });
  assert.throws(() => volumeOf(whole.slice(0, 360)), { code: "length" });
  new DataView(whole).setInt16(70, 16, true);
  assert.throws(() => volumeOf(whole), { code: "damaged" });
  const half = packed(file(new Uint8Array(24))).slice(0, 40);
  await assert.rejects(readVolume(half), { code: "damaged" });
});

test("diameters run between outer corners of pixels, each finding's on its own slice", () => {
  const size = [10, 10, 3];
  const labels = new Uint8Array(300);
  // On slice 1 a bar of 6 by 1 voxels along i, at j = 4; on slice 2 one voxel.
  for (let i = 2; i < 8; i++) labels[100 + 40 + i] = 1;
  labels[200] = 2;
  const findings = [{ label: 1, diameter_slice: 1 }, { label: 2, diameter_slice: 2 }];
  const rulers = diameterRulers(labels, size, [1, 1, 5], findings);
  assert.equal(rulers.length, 4);
  const lengths = rulers.map(({ from, to }) => lengthOf(from, to, [1, 1, 5], false));
  assert.ok(Math.abs(lengths[0] - Math.hypot(6, 1)) < 1e-9);
  assert.ok(Math.abs(lengths[2] - Math.SQRT2) < 1e-9);
  assert.deepEqual(rulers.map(({ from }) => from[2]), [1, 1, 2, 2]);
  const ends = [rulers[0].from, rulers[0].to];
  assert.deepEqual(ends.map(([i]) => i).sort((a, b) => a - b), [1.5, 7.5]);
  assert.deepEqual(diameterRulers(new Uint8Array(300), size, [1, 1, 5], findings), []);
});

beforeEach(() => {
  loadTexts({
    "page.unit.ml": "ml",
    "page.study.unit.mm": "mm",
    "page.study.unit.px": "px",
    "page.study.unit.voxels": "voxels",
  });
});

test("figures as in the report, in voxels and pixels where no size is known", () => {
  assert.equal(wording.volumeText(28.32, 6138, [0.7246, 1.358]), "28.3\u00a0ml (20.5–38.5)");
  assert.equal(wording.volumeText(null, 6138, [0.5, 2]), "6138\u00a0voxels (3069–12276)");
  assert.equal(wording.volumeText(0, 0), "0.0\u00a0ml");
  const both = { diameter_px: 48.37, perpendicular_px: 39.3 };
  const mm = { ...both, diameter_mm: 45.35, perpendicular_mm: 36.85 };
  const none = { ...both, diameter_mm: null, perpendicular_mm: null };
  assert.equal(wording.diametersText(none), "48.4\u00a0×\u00a039.3\u00a0px");
  assert.match(wording.diametersText(mm), /^45\.[34]\u00a0×\u00a036\.[89]\u00a0mm$/);
  assert.equal(wording.slicesText(["18", "9"], 0, 1), "9–18");
  assert.equal(wording.percent(0.0341), "3.4\u00a0%");
});
