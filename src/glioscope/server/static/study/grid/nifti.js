/** Volumes as the server writes them: NIfTI-1 in gzip, whole numbers, axes right, anterior, up. */

import { voxels } from "./grid.js";
import { BadBytes } from "./gzip.js";

/** @typedef {import("./grid.js").Triple} Triple */
/** @typedef {{data: Uint8Array | Int16Array, size: Triple, spacing: Triple}} Volume */

const HEADER = 348;
const UINT8 = 2;
const INT16 = 4;

/**
 * The volume that a file holds.
 * @param {ArrayBuffer} packed
 * @returns {Promise<Volume>}
 */
export async function readVolume(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = await new Response(stream).arrayBuffer().catch((cause) => {
    throw new BadBytes("damaged", `no whole gzip: ${cause}`);
  });
  return volumeOf(bytes);
}

/**
 * The volume of an unpacked file.
 * @param {ArrayBuffer} bytes
 * @returns {Volume}
 */
export function volumeOf(bytes) {
  if (bytes.byteLength < HEADER) throw new BadBytes("length", `${bytes.byteLength} bytes`);
  const view = new DataView(bytes);
  if (view.getInt32(0, true) !== HEADER) throw new BadBytes("damaged", "no NIfTI-1");
  const size = triple((axis) => view.getInt16(42 + 2 * axis, true));
  const spacing = triple((axis) => view.getFloat32(80 + 4 * axis, true));
  const first = view.getFloat32(108, true);
  return { data: values(bytes, first, voxels(size), view.getInt16(70, true)), size, spacing };
}

/**
 * @param {(axis: number) => number} of
 * @returns {Triple}
 */
function triple(of) {
  return [of(0), of(1), of(2)];
}

/**
 * @param {ArrayBuffer} bytes
 * @param {number} first
 * @param {number} count
 * @param {number} type
 */
function values(bytes, first, count, type) {
  const width = type === INT16 ? 2 : 1;
  if (type !== UINT8 && type !== INT16) throw new BadBytes("damaged", `values of type ${type}`);
  if (bytes.byteLength < first + width * count) {
    throw new BadBytes("length", `${bytes.byteLength} bytes for ${count} values`);
  }
  // The browser's machine is little-endian as the file is: no browser runs on another.
  return type === INT16 ? new Int16Array(bytes, first, count) : new Uint8Array(bytes, first, count);
}
