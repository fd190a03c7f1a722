/** The two diameters of the largest region of a slice: those of several together say nothing. */

import { joinedTo } from "../grid/components.js";
import { pictureFrom, pictureOf } from "../grid/geometry.js";
import { diameters } from "./diameters.js";

/** @typedef {import("../draw/mask.js").Mask} Mask */

/**
 * Longest diameter and its longest perpendicular on an axial slice, in mm; zeros where it is empty.
 * @param {Mask} mask
 * @param {number} slice
 */
export function largestDiameters({ data, size, spacing }, slice) {
  const { width, height, pixelWidth, pixelHeight } = pictureOf("axial", size, spacing);
  const picture = pictureFrom(data, size, "axial", slice);
  const seen = new Uint8Array(picture.length);
  let largest = new Int32Array(0);
  for (let at = 0; at < picture.length; at++) {
    if (!picture[at] || seen[at]) continue;
    const region = joinedTo(at, [width, height, 1], seen, (index) => picture[index] > 0);
    if (region.length > largest.length) largest = region;
  }
  const inside = new Uint8Array(picture.length);
  for (const at of largest) inside[at] = 1;
  return diameters(inside, width, [pixelHeight, pixelWidth]);
}
