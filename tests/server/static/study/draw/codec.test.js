/** Masks and drafts come back as they went in; foreign and damaged bytes are refused. */

import assert from "node:assert/strict";
import test from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";

import {
  decodeDraft,
  decodeMask,
  encodeDraft,
  encodeMask,
} from "../../../../../src/glioscope/server/static/study/draw/codec.js";
import { Mask } from "../../../../../src/glioscope/server/static/study/draw/mask.js";
import { alike, chance, disc } from "../phantoms.js";

const SIZE = [13, 11, 7];
const SPACING = [0.9, 0.9, 5];
const BASE = "0123456789abcdef".repeat(4);

function edited() {
  const random = chance(11);
  const data = Uint8Array.from({ length: 1001 }, () => Math.floor(random() * 4));
  const mask = new Mask(SIZE, SPACING, data);
  mask.brush({ axis: 2, from: [3, 3, 3], to: [9, 8, 3], radiusMm: 2 }, 200);
  return mask;
}

test("a mask is gzip of its values in RAS order", async () => {
  const mask = edited();
  const bytes = await encodeMask(mask);
  assert.deepEqual(new Uint8Array(gunzipSync(bytes)), mask.data);
  const back = await decodeMask(bytes, SIZE, SPACING);
  assert.ok(alike(back, mask));
  assert.ok(back.touched.bits.every((byte) => byte === 0));
});

test("gzip of another program is read", async () => {
  const mask = edited();
  assert.ok(alike(await decodeMask(new Uint8Array(gzipSync(mask.data)), SIZE, SPACING), mask));
});

test("a draft keeps the mask, what was touched, and what it was drawn on", async () => {
  const mask = edited();
  const { mask: back, base } = await decodeDraft(await encodeDraft(mask, BASE), SIZE, SPACING);
  assert.ok(alike(back, mask));
  assert.deepEqual(back.touched.bits, mask.touched.bits);
  assert.deepEqual(back.spacing, SPACING);
  assert.equal(base, BASE);
});

test("a draft is laid out as its description says", async () => {
  const mask = edited();
  const bytes = gunzipSync(await encodeDraft(mask, BASE));
  assert.equal(bytes.subarray(0, 72).toString("latin1"), `GSDRAFT1${BASE}`);
  assert.deepEqual([72, 76, 80].map((place) => bytes.readUInt32LE(place)), SIZE);
  assert.deepEqual(new Uint8Array(bytes.subarray(84, 84 + 1001)), mask.data);
  assert.deepEqual(new Uint8Array(bytes.subarray(84 + 1001)), mask.touched.bits);
});

test("a draft of a real size takes some kB", async () => {
  const mask = new Mask([256, 256, 40], [1, 1, 4]);
  for (let slice = 10; slice < 25; slice++) disc(mask, 2, slice, [120, 140], 30 + slice);
  mask.brush({ axis: 2, from: [100, 100, 20], to: [140, 120, 20], radiusMm: 6 });
  const { length } = await encodeDraft(mask, BASE);
  assert.ok(length < 20000, `${length}`);
});

test("another length is refused, and no more is unpacked than belongs there", async () => {
  const refused = { name: "Error", code: "length" };
  for (const length of [0, 1000, 1002, 50_000_000]) {
    const bytes = new Uint8Array(gzipSync(new Uint8Array(length)));
    await assert.rejects(decodeMask(bytes, SIZE, SPACING), refused);
  }
});

test("damaged bytes are refused", async () => {
  const bytes = await encodeMask(edited());
  const cut = bytes.slice(0, bytes.length - 12);
  const turned = bytes.map((byte, place) => (place === bytes.length - 7 ? byte ^ 255 : byte));
  for (const bad of [cut, turned, Uint8Array.of(1, 2, 3), new Uint8Array(0)]) {
    await assert.rejects(decodeMask(bad, SIZE, SPACING), { code: "damaged" });
  }
});

test("what is no draft of this mask is refused", async () => {
  const draft = gunzipSync(await encodeDraft(edited(), BASE));
  for (const place of [0, 7, 8, 71, 72, 83]) {
    const other = draft.slice();
    other[place] = 255;
    const bytes = new Uint8Array(gzipSync(other));
    await assert.rejects(decodeDraft(bytes, SIZE, SPACING), { code: "draft" });
  }
  const turned = decodeDraft(await encodeDraft(edited(), BASE), [11, 13, 7], SPACING);
  await assert.rejects(turned, { code: "draft" });
});

test("a base that is no SHA-256 is refused", () => {
  for (const base of ["", BASE.toUpperCase(), `${BASE}0`]) {
    assert.throws(() => encodeDraft(edited(), base), RangeError);
  }
});
