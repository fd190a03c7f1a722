/** Masks as the server exchanges them, and drafts of what a doctor has not sent yet. */

import { voxels } from "../grid/grid.js";
import { BadBytes, gunzip, gzip } from "../grid/gzip.js";
import { Mask } from "./mask.js";

/** @typedef {import("../grid/grid.js").Triple} Triple */

const MAGIC = "GSDRAFT1";
const SHA256 = /^[0-9a-f]{64}$/;
const HEADER = MAGIC.length + 64 + 3 * 4;

/**
 * A mask as gzip of its values in RAS order.
 * @param {Mask} mask
 */
export function encodeMask(mask) {
  return gzip(new Uint8Array(mask.data));
}

/**
 * The undo of `encodeMask`; nothing in it is touched by hand.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Triple} size
 * @param {Triple} spacing In mm.
 */
export async function decodeMask(bytes, size, spacing) {
  return new Mask(size, spacing, await gunzip(bytes, voxels(size)));
}

/**
 * A draft as gzip: a mark, the SHA-256 of the mask that was edited in 64 hexadecimal digits, the
 * size as three numbers of 32 bits (little-endian), the values, and the bits of what was touched.
 * It is the whole mask rather than its edits: that takes some kB too, and needs no base to be read.
 * @param {Mask} mask
 * @param {string} base SHA-256 of the values that the server sent.
 */
export function encodeDraft(mask, base) {
  if (!SHA256.test(base)) throw new RangeError("base is no SHA-256");
  const touched = mask.touched.bits;
  const bytes = new Uint8Array(HEADER + mask.data.length + touched.length);
  bytes.set(header(mask.size, base));
  bytes.set(mask.data, HEADER);
  bytes.set(touched, HEADER + mask.data.length);
  return gzip(bytes);
}

/**
 * The undo of `encodeDraft`: the mask, and the SHA-256 of what was edited.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Triple} size
 * @param {Triple} spacing In mm.
 */
export async function decodeDraft(bytes, size, spacing) {
  const count = voxels(size);
  const found = await gunzip(bytes, HEADER + count + Math.ceil(count / 8));
  const base = String.fromCharCode(...found.subarray(MAGIC.length, MAGIC.length + 64));
  const ours = SHA256.test(base) && header(size, base).every((byte, at) => byte === found[at]);
  if (!ours) {
    throw new BadBytes("draft", `no draft of a mask of ${size.join(" × ")}`);
  }
  const data = found.slice(HEADER, HEADER + count);
  return { mask: new Mask(size, spacing, data, found.slice(HEADER + count)), base };
}

/**
 * @param {Triple} size
 * @param {string} base
 */
function header(size, base) {
  const bytes = new Uint8Array(HEADER);
  bytes.set(new TextEncoder().encode(MAGIC + base));
  const view = new DataView(bytes.buffer);
  size.forEach((count, axis) => view.setUint32(MAGIC.length + 64 + 4 * axis, count, true));
  return bytes;
}
