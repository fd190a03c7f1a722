/** Bytes to gzip and back, with the browser's own streams. */

/** Why bytes cannot be read: `damaged` (no whole gzip), `length`, or `draft` (not one of ours). */
export class BadBytes extends Error {
  /**
   * @param {"damaged" | "length" | "draft"} code
   * @param {string} message For developers; pages say it in their reader's language by the code.
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
export async function gzip(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * The bytes that a gzip holds.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} length How many they must be; no more than that is ever unpacked.
 */
export async function gunzip(bytes, length) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader();
  const found = new Uint8Array(length);
  let count = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(damaged);
    if (done) break;
    if (count + value.length > length) {
      await reader.cancel().catch(() => undefined);
      throw new BadBytes("length", `more than ${length} bytes`);
    }
    found.set(value, count);
    count += value.length;
  }
  if (count !== length) throw new BadBytes("length", `${count} bytes, expected ${length}`);
  return found;
}

/**
 * @param {unknown} cause
 * @returns {never}
 */
function damaged(cause) {
  throw new BadBytes("damaged", `no whole gzip: ${cause}`);
}
