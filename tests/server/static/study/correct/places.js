/** Where a keeper keeps things, for tests. */

import { hashOf } from "../../../../../src/glioscope/server/static/study/correct/which.js";

/** A server and a browser that note what they are given. */
export function places() {
  const made = {
    drawn: 0,
    /** @type {any[]} */
    sent: [],
    /** @type {any} */
    kept: null,
    /** @type {any[]} */
    told: [],
    fails: null,
    stored: null,
    broken: false,
  };
  const given = {
    pack: async () => new Uint8Array([made.drawn]),
    base: "model",
    browser: {
      get: async () => made.kept,
      put: async (draft) => {
        if (made.broken) throw new Error("no room");
        made.kept = draft;
      },
      drop: async () => {
        made.kept = null;
      },
    },
    send: async (bytes, base, since, how) => {
      if (made.fails) throw made.fails;
      made.sent.push({ drawn: bytes[0], base, since, alive: how.keepalive });
      return 1000 + made.sent.length;
    },
    stored: async () => made.stored,
    tell: (state) => made.told.push(state),
  };
  return { made, given };
}

/** Lets promises go on that are waited for, hashes among them. */
export async function settle() {
  for (let turn = 0; turn < 10; turn++) {
    await hashOf(new Uint8Array(1));
    await new Promise((done) => setImmediate(done));
  }
}

/**
 * @param {any} made
 * @param {{edited: () => void}} keeper
 */
export function draw(made, keeper) {
  made.drawn++;
  keeper.edited();
}
