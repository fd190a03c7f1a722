/** Pictures as radiologists see them: known voxels in every plane, both ways, and every side. */

import assert from "node:assert/strict";
import test from "node:test";

import {
  LAYOUTS,
  pictureFrom,
  pictureOf,
  toPicture,
  toVoxel,
} from "../../../../../src/glioscope/server/static/study/grid/geometry.js";
import { chance } from "../phantoms.js";

const SIZE = [10, 20, 30];
const SPACING = [0.5, 2, 3];

// Picture (x, y, slice) and the voxel (i, j, k) there, worked out by hand.
const KNOWN = {
  axial: [
    [[0, 0, 7], [9, 19, 7]],
    [[9, 19, 7], [0, 0, 7]],
    [[2, 5, 0], [7, 14, 0]],
  ],
  coronal: [
    [[0, 0, 7], [9, 7, 29]],
    [[9, 29, 7], [0, 7, 0]],
    [[2, 5, 0], [7, 0, 24]],
  ],
  sagittal: [
    [[0, 0, 7], [7, 19, 29]],
    [[19, 29, 7], [7, 0, 0]],
    [[2, 5, 0], [0, 17, 24]],
  ],
};

const PICTURES = {
  axial: { width: 10, height: 20, slices: 30, pixelWidth: 0.5, pixelHeight: 2 },
  coronal: { width: 10, height: 30, slices: 20, pixelWidth: 0.5, pixelHeight: 3 },
  sagittal: { width: 20, height: 30, slices: 10, pixelWidth: 2, pixelHeight: 3 },
};

// The axis of the volume that runs to each side of the patient, and whether it ends there.
const SIDES = { R: [0, 1], L: [0, 0], A: [1, 1], P: [1, 0], S: [2, 1], I: [2, 0] };

for (const plane of Object.keys(LAYOUTS)) {
  test(`known voxels of the ${plane} plane, both ways`, () => {
    for (const [point, voxel] of KNOWN[plane]) {
      assert.deepEqual(toVoxel(plane, SIZE, point), voxel);
      assert.deepEqual(toPicture(plane, SIZE, voxel), point);
    }
    assert.deepEqual(pictureOf(plane, SIZE, SPACING), PICTURES[plane]);
  });

  test(`there and back by chance in the ${plane} plane, between voxels too`, () => {
    const random = chance(12);
    for (let round = 0; round < 200; round++) {
      const point = [0, 0, 0].map(() => Math.round(random() * 240 - 40) / 8);
      assert.deepEqual(toPicture(plane, SIZE, toVoxel(plane, SIZE, point)), point);
    }
  });

  test(`each side of the patient lies where the ${plane} picture says`, () => {
    const { width, height } = pictureOf(plane, SIZE, SPACING);
    const lines = {
      left: (x) => x === 0,
      right: (x) => x === width - 1,
      top: (x, y) => y === 0,
      bottom: (x, y) => y === height - 1,
    };
    for (const [edge, side] of Object.entries(LAYOUTS[plane].edges)) {
      const picture = pictureFrom(marked(side), SIZE, plane, 4);
      const known = picture.map((_, at) => Number(lines[edge](at % width, Math.trunc(at / width))));
      assert.deepEqual(picture, known, `${plane} ${edge} ${side}`);
    }
  });

  test(`the ${plane} picture holds the voxels that it should`, () => {
    const volume = Int16Array.from({ length: 6000 }, (_, index) => index - 3000);
    const { width, slices } = pictureOf(plane, SIZE, SPACING);
    for (const slice of [0, 3, slices - 1]) {
      pictureFrom(volume, SIZE, plane, slice).forEach((value, at) => {
        const [i, j, k] = toVoxel(plane, SIZE, [at % width, Math.trunc(at / width), slice]);
        assert.equal(value, i + 10 * (j + 20 * k) - 3000);
      });
    }
  });
}

test("radiological convention", () => {
  assert.deepEqual(LAYOUTS.axial.edges, { left: "R", right: "L", top: "A", bottom: "P" });
  assert.deepEqual(LAYOUTS.coronal.edges, { left: "R", right: "L", top: "S", bottom: "I" });
  assert.deepEqual(LAYOUTS.sagittal.edges, { left: "A", right: "P", top: "S", bottom: "I" });
});

/** A volume with 1 on the outermost voxels of one side of the patient. */
function marked(side) {
  const [axis, end] = SIDES[side];
  const last = end ? SIZE[axis] - 1 : 0;
  const volume = new Uint8Array(6000);
  volume.forEach((_, index) => {
    const voxel = [index % 10, Math.trunc(index / 10) % 20, Math.trunc(index / 200)];
    volume[index] = Number(voxel[axis] === last);
  });
  return volume;
}
