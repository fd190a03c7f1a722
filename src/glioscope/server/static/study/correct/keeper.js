/** Autosave: every step goes into this browser at once and to the server soon after. */

import { hashOf } from "./which.js";

/** @typedef {import("../../api.js").Problem} Problem */
/** @typedef {import("./browser_drafts.js").BrowserStore} BrowserStore */

/**
 * What is kept where: `saved` by the server, `saving`, only in this `browser`, or `nowhere`.
 * @typedef {{place: "saved" | "saving" | "browser" | "nowhere", at: number | null,
 *   problem: Problem | null}} State
 */

/**
 * @typedef {object} Places
 * @property {() => Promise<Uint8Array<ArrayBuffer>>} pack What is drawn at the moment, as a draft.
 * @property {string} base
 * @property {BrowserStore} browser
 * @property {(bytes: Uint8Array<ArrayBuffer>, base: string, since: number, how: RequestInit) =>
 *   Promise<number>} send To the server, which says when it was saved.
 * @property {() => Promise<{bytes: Uint8Array<ArrayBuffer>, at: number} | null>} stored What the
 *   server has.
 * @property {(state: State) => void} tell
 */

const SOON_MS = 1500;
const AGAIN_MS = 8000;
// What is on its way is waited for no longer than this.
const ANSWERED_MS = 5000;
// Browsers let no more than 64 KiB outlive a page.
const MOST_KEPT_ALIVE = 60_000;
// The server will not take it, however often it is asked.
const FINAL = [400, 403, 404, 409, 413, 422];

export class Keeper {
  #steps = 0;
  #kept = 0;
  #sent = 0;
  #wanted = 0;
  #written = 0;
  /** @type {Promise<void> | null} */
  #keeping = null;
  /** @type {{stop: AbortController, done: Promise<void>} | null} */
  #sending = null;
  #held = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Uint8Array<ArrayBuffer> | null} */
  #packed = null;
  #hash = "";
  #ended = false;
  /** @type {string[]} SHA-256 of drafts that were sent and not answered: one may have arrived. */
  #tried = [];

  /**
   * @param {Places} places
   * @param {string | null} known SHA-256 of the draft that the server has; null where it has none.
   * @param {number} at When that was saved, in ms; 0 where it has none.
   */
  constructor(places, known, at) {
    this.places = places;
    this.known = known;
    this.since = at;
    /** @type {State} */
    this.state = { place: "saved", at: at || null, problem: null };
  }

  /** Whether there is anything that the server has not got. */
  get owes() {
    return this.#sent < this.#steps;
  }

  /** A step was done. */
  edited() {
    this.#steps++;
    if (this.state.place === "saved") this.#tell("saving", null);
    this.#keep();
    this.#later(SOON_MS);
  }

  /** Tries again at once what failed, as after signing in or when the network is back. */
  async again() {
    clearTimeout(this.#timer);
    await this.#keeping;
    if (this.owes) await this.#send();
  }

  /** The page may be gone in a moment: what is not on its way already goes now. */
  leave() {
    if (!this.owes) return;
    if (this.#kept < this.#steps) this.again();
    else this.#send();
  }

  /**
   * Sends nothing until `goOn`, and waits for what is on its way: a draft that arrived after the
   * version which takes its place would stand at the server as work that is not finished.
   */
  async hold() {
    this.#held = true;
    clearTimeout(this.#timer);
    await this.#settled();
  }

  /** Goes on sending. */
  goOn() {
    this.#held = false;
    if (this.owes) this.#later(SOON_MS);
  }

  /** Ends it: what was drawn is a version, or thrown away. */
  async end() {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#settled();
    await this.#keeping;
    await this.places.browser.drop().catch(() => undefined);
  }

  /** Has the draft in the browser follow what is drawn, one write at a time. */
  #keep() {
    this.#wanted++;
    this.#keeping ??= this.#write();
  }

  async #write() {
    while (this.#written < this.#wanted && !this.#ended) {
      this.#written = this.#wanted;
      const done = await this.#put(this.#steps).then(() => true, () => false);
      const { problem } = this.state;
      this.#tell(done ? (problem ? "browser" : "saving") : "nowhere", problem);
    }
    this.#keeping = null;
  }

  /** @param {number} steps How many are in what is kept. */
  async #put(steps) {
    const { pack, base, browser } = this.places;
    const packed = await pack();
    this.#hash = await hashOf(packed);
    this.#packed = packed;
    this.#kept = steps;
    const known = [this.known, ...this.#tried];
    await browser.put({ bytes: packed, base, known, at: Date.now() });
  }

  /** @param {number} ms */
  #later(ms) {
    clearTimeout(this.#timer);
    if (!this.#ended) this.#timer = setTimeout(() => this.again(), ms);
  }

  /** Waits until what is on its way has been answered, or is given up. */
  async #settled() {
    if (!this.#sending) return;
    const { stop, done } = this.#sending;
    const late = setTimeout(() => stop.abort(), ANSWERED_MS);
    await done;
    clearTimeout(late);
  }

  /** @returns {Promise<void> | undefined} */
  #send() {
    if (this.#sending || !this.#packed || this.#ended || this.#held) return;
    const stop = new AbortController();
    const done = this.#deliver(this.#packed, stop.signal).finally(() => {
      this.#sending = null;
    });
    this.#sending = { stop, done };
    return done;
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {AbortSignal} signal
   */
  async #deliver(bytes, signal) {
    const steps = this.#kept;
    try {
      // No waiting before the request: the page may be gone in a moment.
      this.#tried.push(this.#hash);
      const how = { signal, keepalive: bytes.length <= MOST_KEPT_ALIVE };
      const at = await this.places.send(bytes, this.places.base, this.since, how);
      await this.#arrived(bytes, steps, at);
    } catch (problem) {
      if (!signal.aborted) await this.#failed(/** @type {Problem} */ (problem));
    }
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {number} steps
   * @param {number} at
   */
  async #arrived(bytes, steps, at) {
    this.known = await hashOf(bytes);
    this.since = at;
    this.#tried = [];
    this.#sent = steps;
    if (this.owes) {
      this.state.problem = null;
      // What is kept here must say what it goes on from now.
      this.#keep();
      this.#later(SOON_MS);
      return;
    }
    await this.places.browser.drop().catch(() => undefined);
    if (!this.owes) return this.#tell("saved", null, at);
    // A step that came while it was dropped may have been dropped with it.
    this.#keep();
  }

  /** @param {Problem} problem */
  async #failed(problem) {
    if (problem.status === 409 && (await this.#isOwn())) return this.#later(0);
    const place = this.state.place === "nowhere" ? "nowhere" : "browser";
    this.#tell(place, problem);
    if (!FINAL.includes(problem.status)) this.#later(AGAIN_MS);
  }

  /** Whether what the server has came from here, and only its answer was lost on the way. */
  async #isOwn() {
    const stored = await this.places.stored().catch(() => null);
    const hash = stored && (await hashOf(stored.bytes));
    if (!stored || !hash || !this.#tried.includes(hash)) return false;
    this.known = hash;
    this.since = stored.at;
    return true;
  }

  /**
   * @param {State["place"]} place
   * @param {Problem | null} problem
   * @param {number | null} [at]
   */
  #tell(place, problem, at = this.state.at) {
    this.state = { place, at, problem };
    this.places.tell(this.state);
  }
}
