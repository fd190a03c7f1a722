/** Changed voxels as bytes: runs of neighbours in the array that changed alike. */

/** @typedef {(start: number, length: number, before: number, after: number) => void} Visit */

/**
 * Runs of changes as numbers of seven bits a byte: the gap since the last run, the length, the
 * state before and after.
 * @param {Int32Array} indices Rising.
 * @param {(index: number) => number} before
 * @param {(index: number) => number} after
 */
export function packed(indices, before, after) {
  const bytes = /** @type {number[]} */ ([]);
  let end = 0;
  for (let first = 0; first < indices.length; ) {
    const start = indices[first];
    const from = before(start);
    const to = after(start);
    let length = 1;
    const goesOn = (/** @type {number} */ index) =>
      indices[first + length] === index && before(index) === from && after(index) === to;
    while (goesOn(start + length)) length++;
    for (const number of [start - end, length, from, to]) put(bytes, number);
    first += length;
    end = start + length;
  }
  return Uint8Array.from(bytes);
}

/**
 * Visits the runs in turn.
 * @param {Uint8Array} bytes
 * @param {Visit} visit
 */
export function unpack(bytes, visit) {
  let place = 0;
  const take = () => {
    let number = 0;
    let scale = 1;
    for (; bytes[place] >= 128; place++, scale *= 128) number += (bytes[place] - 128) * scale;
    return number + bytes[place++] * scale;
  };
  let start = 0;
  while (place < bytes.length) {
    start += take();
    const length = take();
    visit(start, length, take(), take());
    start += length;
  }
}

/**
 * @param {number[]} bytes
 * @param {number} number
 */
function put(bytes, number) {
  for (; number >= 128; number = Math.floor(number / 128)) bytes.push(128 + (number % 128));
  bytes.push(number);
}
