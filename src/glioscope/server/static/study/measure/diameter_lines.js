/** Where on its slice the diameters of a finding run. */

import { diameterEnds } from "./diameters.js";
import { pictureFrom, pictureOf, toVoxel } from "../grid/geometry.js";

/** @typedef {import("../desk.js").Ruler} Ruler */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("./hull.js").Point} Point */

/**
 * Both diameters of each finding on the slice that they were measured on.
 * @param {Uint8Array} labels
 * @param {Triple} size
 * @param {Triple} spacing In mm.
 * @param {{label: number, diameter_slice: number}[]} findings
 * @returns {Ruler[]}
 */
export function diameterRulers(labels, size, spacing, findings) {
  const { width, pixelWidth, pixelHeight } = pictureOf("axial", size, spacing);
  return findings.flatMap(({ label, diameter_slice: slice }) => {
    const region = pictureFrom(labels, size, "axial", slice).map((at) => Number(at === label));
    const ends = diameterEnds(new Uint8Array(region), width, [pixelHeight, pixelWidth]);
    // Corners of pixels lie half a pixel before their centres.
    const voxel = (/** @type {Point} */ [down, across]) =>
      toVoxel("axial", size, [across / pixelWidth - 0.5, down / pixelHeight - 0.5, slice]);
    return ends.map(([from, to]) => ({ plane: "axial", from: voxel(from), to: voxel(to) }));
  });
}
