/** Files to the server in parts; after a break it goes on where it was. */

import { get, Problem, send } from "../../api.js";
import { pause } from "../live.js";
import { safeNames } from "./names.js";

const PART = 4 * 2 ** 20;
const AT_ONCE = 4;
// The server, or something before it, is away or busy for now; or it has less than it told before.
const PASSING = [0, 409, 429, 502, 503, 504];

/** @typedef {import("./entries.js").Picked} Picked */
/** @typedef {{id: string, known: boolean}} Taken */
/** @typedef {{urgent: boolean, model: boolean}} Wish Whether the model is to be asked, and soon. */

/**
 * @typedef {object} Progress
 * @property {"sending" | "waiting" | "reading"} at Waiting for a server that is away; or all is
 *   there, and the server looks for studies.
 * @property {number} sent Bytes.
 */

export class Transfer {
  /** @type {string | null} */
  #id = null;
  #stop = new AbortController();
  /** @type {Map<string, number>} */
  #sent = new Map();
  #failures = 0;

  /**
   * @param {Picked[]} picked
   * @param {Wish} wish
   * @param {(progress: Progress) => void} told
   * @param {(ms: number) => Promise<void>} [wait]
   */
  constructor(picked, wish, told, wait = sleep) {
    const names = safeNames(picked.map(({ path }) => path));
    this.files = picked.map(({ file }, at) => ({ name: names[at], file }));
    this.total = picked.reduce((sum, { file }) => sum + file.size, 0);
    this.wish = wish;
    this.told = told;
    this.wait = wait;
  }

  /**
   * Sends what is not there yet; may be called again after it failed.
   * @returns {Promise<Taken[]>}
   */
  async run() {
    for (;;) {
      try {
        await this.#ask();
        await this.#sendAll();
        this.#tell("reading");
        return await this.#complete();
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  /** Stops, and has the server forget what it got. */
  async cancel() {
    this.#stop.abort();
    const id = this.#id;
    this.#id = null;
    // What is left of it the server clears by itself.
    if (id) await send("DELETE", `/uploads/${id}`).catch(() => null);
  }

  async #ask() {
    const signal = this.#stop.signal;
    const asked = this.#id
      ? await get(`/uploads/${this.#id}`, signal)
      : await send("POST", "/uploads", undefined, signal);
    this.#id = asked.id;
    this.#sent = new Map(Object.entries(asked.files));
    this.#tell("sending");
  }

  async #sendAll() {
    const left = this.files.filter(({ name, file }) => this.#have(name) < file.size).reverse();
    let failed = false;
    const worker = async () => {
      for (let next = left.pop(); next && !failed; next = left.pop()) {
        await this.#sendFile(next.name, next.file).catch((error) => {
          failed = true;
          throw error;
        });
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  /**
   * @param {string} name
   * @param {File} file
   */
  async #sendFile(name, file) {
    for (let offset = this.#have(name); offset < file.size; offset = this.#have(name)) {
      const asked = new URLSearchParams({ name, offset: String(offset) });
      const part = file.slice(offset, offset + PART);
      await send("PUT", `/uploads/${this.#id}/file?${asked}`, part, this.#stop.signal);
      this.#sent.set(name, offset + part.size);
      this.#failures = 0;
      this.#tell("sending");
    }
  }

  /** @returns {Promise<Taken[]>} */
  async #complete() {
    const { urgent, model } = this.wish;
    const path = `/uploads/${this.#id}/complete?urgent=${urgent}&with_model=${model}`;
    try {
      return (await send("POST", path, undefined, this.#stop.signal)).studies;
    } catch (error) {
      // It forgets an upload that holds no study: another try begins anew.
      if (error instanceof Problem && error.status !== 0) this.#id = null;
      throw error;
    }
  }

  /**
   * Waits where waiting helps, and throws the error where it does not.
   * @param {unknown} error
   */
  async #recover(error) {
    if (!(error instanceof Problem) || this.#stop.signal.aborted) throw error;
    // The server has cleared it, or the answer to its completion was lost: handing in a study
    // twice does no harm.
    const gone = error.status === 404 && this.#id !== null;
    if (!gone && !PASSING.includes(error.status)) throw error;
    if (gone) this.#id = null;
    this.#tell("waiting");
    await this.wait(pause(++this.#failures));
    if (this.#stop.signal.aborted) throw error;
  }

  /** @param {string} name */
  #have(name) {
    return this.#sent.get(name) ?? 0;
  }

  /** @param {Progress["at"]} at */
  #tell(at) {
    const sent = this.files.reduce((sum, { name }) => sum + this.#have(name), 0);
    this.told({ at, sent });
  }
}

/** @param {number} ms */
async function sleep(ms) {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
