/** Interpolation between drawn slices, and the distances that it blends. */

import assert from "node:assert/strict";
import test from "node:test";

import {
  signedDistances,
  squaredDistances,
} from "../../../../../src/glioscope/server/static/study/draw/distance.js";
import { Mask } from "../../../../../src/glioscope/server/static/study/draw/mask.js";
import { alike, areas, chance, count, disc } from "../phantoms.js";

const AXES = [0, 1, 2];

test("distances are those of every pair of pixels", () => {
  const random = chance(3);
  for (let round = 0; round < 40; round++) {
    const [width, height] = [1 + Math.floor(random() * 17), 1 + Math.floor(random() * 13)];
    const spacing = [0.3 + random(), 0.3 + random()];
    const marked = Uint8Array.from({ length: width * height }, () => Number(random() < 0.1));
    const found = squaredDistances(marked, width, spacing);
    found.forEach((value, pixel) => {
      let nearest = Infinity;
      marked.forEach((mark, other) => {
        const across = ((pixel % width) - (other % width)) * spacing[0];
        const down = (Math.trunc(pixel / width) - Math.trunc(other / width)) * spacing[1];
        if (mark) nearest = Math.min(nearest, across ** 2 + down ** 2);
      });
      assert.ok(value === nearest || Math.abs(value - nearest) < 1e-9, `${value} ${nearest}`);
    });
  }
});

test("signed distances are negative inside and change sign between pixels", () => {
  const found = signedDistances(Uint8Array.of(0, 0, 1, 1, 1, 0), 6, [2, 1]);
  assert.deepEqual([...found], [4, 2, -2, -4, -2, 2]);
});

for (const axis of AXES) {
  test(`between two equal discs lies that disc, along axis ${axis}`, () => {
    const mask = new Mask([31, 31, 31], [0.8, 1.1, 3]);
    const known = new Mask([31, 31, 31], [0.8, 1.1, 3]);
    disc(mask, axis, 5, [15, 14], 7);
    disc(mask, axis, 12, [15, 14], 7);
    for (let slice = 5; slice <= 12; slice++) disc(known, axis, slice, [15, 14], 7);
    const { slices, empty, box } = mask.interpolate(axis);
    assert.ok(alike(mask, known));
    assert.deepEqual(slices, [6, 7, 8, 9, 10, 11]);
    assert.deepEqual(empty, []);
    assert.deepEqual([box.lo[axis], box.hi[axis]], [6, 11]);
  });
}

test("halfway between discs of radius 4 and 8 the radius is near 6", () => {
  const mask = new Mask([41, 41, 9], [1, 1, 5]);
  disc(mask, 2, 0, [20, 20], 4);
  disc(mask, 2, 8, [20, 20], 8);
  mask.interpolate(2);
  const radii = areas(mask, 2).map((area) => Math.sqrt(area / Math.PI));
  assert.ok(Math.abs(radii[4] - 6) < 0.3, `${radii[4]}`);
  assert.deepEqual(radii, radii.slice().sort((a, b) => a - b));
});

test("shapes by chance: as the definition says, pixel by pixel", () => {
  const random = chance(15);
  for (let round = 0; round < 25; round++) {
    const mask = new Mask([11, 9, 4], [0.7, 1.2, 3]);
    const seeds = [0, 0, 0].map(() => [random() * 11, random() * 9]);
    seeds.forEach((at, blob) => disc(mask, 2, blob % 2 ? 0 : 3, at, 1 + random() * 4));
    const [low, high] = [0, 3].map((slice) => distancesByDefinition(mask, slice));
    mask.interpolate(2);
    mask.data.subarray(99, 3 * 99).forEach((value, at) => {
      const [slice, pixel] = [1 + Math.trunc(at / 99), at % 99];
      const blend = ((3 - slice) * low[pixel] + slice * high[pixel]) / 3;
      assert.ok(Math.abs(blend) < 1e-9 || value === Number(blend < 0));
    });
  }
});

/** Signed distances on an axial slice; all around the picture there is nothing. */
function distancesByDefinition(mask, slice) {
  const [width, height] = mask.size;
  const at = (u, v) =>
    u < 0 || v < 0 || u >= width || v >= height ? 0 : mask.data[u + width * (v + height * slice)];
  const nearest = (u, v, value) => {
    let least = Infinity;
    for (let b = -1; b <= height; b++) {
      for (let a = -1; a <= width; a++) {
        const apart = Math.hypot((a - u) * mask.spacing[0], (b - v) * mask.spacing[1]);
        if (at(a, b) === value) least = Math.min(least, apart);
      }
    }
    return least;
  };
  return Array.from({ length: width * height }, (_, pixel) => {
    const [u, v] = [pixel % width, Math.trunc(pixel / width)];
    return nearest(u, v, 1) - nearest(u, v, 0);
  });
}

test("the order of the drawn slices does not matter", () => {
  const random = chance(4);
  const [up, down] = [0, 0].map(() => new Mask([40, 40, 6], [0.7, 1.3, 4]));
  for (let blob = 0; blob < 8; blob++) {
    const [at, radius] = [[10 + random() * 20, 10 + random() * 20], 2 + random() * 6];
    disc(up, 2, blob % 2 ? 0 : 5, at, radius);
    disc(down, 2, blob % 2 ? 5 : 0, at, radius);
  }
  up.interpolate(2);
  down.interpolate(2);
  for (let slice = 0; slice < 6; slice++) {
    const one = up.data.subarray(slice * 1600, (slice + 1) * 1600);
    assert.deepEqual(one, down.data.subarray((5 - slice) * 1600, (6 - slice) * 1600));
  }
});

test("each gap comes from its own two neighbours, and nothing beyond the drawn ones", () => {
  const mask = new Mask([30, 30, 12], [1, 1, 1]);
  for (const slice of [2, 5, 6, 9]) disc(mask, 2, slice, [15, 15], slice < 6 ? 4 : 9);
  assert.deepEqual(mask.interpolate(2).slices, [3, 4, 7, 8]);
  const found = areas(mask, 2);
  assert.deepEqual(found.slice(0, 2), [0, 0]);
  assert.deepEqual(found.slice(10), [0, 0]);
  assert.equal(new Set(found.slice(2, 6)).size, 1);
  assert.equal(new Set(found.slice(6, 10)).size, 1);
});

test("chosen slices are kept, and those between them made anew", () => {
  const mask = new Mask([30, 30, 5], [1, 1, 1]);
  for (const slice of [0, 1, 2, 3, 4]) disc(mask, 2, slice, [15, 15], slice === 2 ? 12 : 5);
  assert.deepEqual(mask.interpolate(2, 1, [4, 0]).slices, [1, 2, 3]);
  assert.equal(new Set(areas(mask, 2)).size, 1);
});

test("a chosen slice without the label is between drawn ones like any other", () => {
  const mask = new Mask([30, 30, 5], [1, 1, 1]);
  for (const slice of [0, 4]) disc(mask, 2, slice, [15, 15], 5);
  assert.deepEqual(mask.interpolate(2, 1, [0, 2, 4]).slices, [1, 2, 3]);
});

test("other lesions stay", () => {
  const mask = new Mask([30, 30, 3], [1, 1, 1]);
  disc(mask, 2, 0, [15, 15], 5);
  disc(mask, 2, 2, [15, 15], 5);
  disc(mask, 2, 1, [15, 15], 2, 2);
  mask.interpolate(2);
  assert.equal(count(mask, 2), 13);
  assert.equal(areas(mask, 2)[1], areas(mask, 2)[0]);
});

test("shapes that do not overlap leave the slices between them as they are, and say so", () => {
  const mask = new Mask([40, 40, 5], [1, 1, 1]);
  disc(mask, 2, 0, [8, 8], 3);
  disc(mask, 2, 4, [30, 30], 3);
  const { slices, empty, box } = mask.interpolate(2);
  assert.deepEqual(empty, [1, 2, 3]);
  assert.deepEqual(slices, []);
  assert.equal(box, null);
});

test("shapes at the edge of the slice, and with one slice or none", () => {
  const mask = new Mask([10, 10, 3], [1, 1, 1]);
  assert.deepEqual(mask.interpolate(2), { box: null, slices: [], empty: [] });
  mask.data.fill(1, 0, 100);
  assert.deepEqual(mask.interpolate(2), { box: null, slices: [], empty: [] });
  mask.data.fill(1, 200, 300);
  assert.deepEqual(mask.interpolate(2).slices, [1]);
  assert.equal(count(mask), 300);
});
