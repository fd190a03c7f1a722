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
 * @property {(bytes: Uint8Array<ArrayBuffer>, base: string, how: RequestInit) => Promise<unknown>}
 *   send To the server.
 * @property {(state: State) => void} tell
 */

const SOON_MS = 1500;
const AGAIN_MS = 8000;
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
  /** @type {AbortController | null} */
  #sending = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Uint8Array<ArrayBuffer> | null} */
  #packed = null;
  #ended = false;

  /**
   * @param {Places} places
   * @param {string | null} known SHA-256 of the draft that the server has; null where it has none.
   * @param {number | null} at When that was saved, in ms.
   */
  constructor(places, known, at) {
    this.places = places;
    this.known = known;
    /** @type {State} */
    this.state = { place: "saved", at, problem: null };
  }

  /** Whether there is anything that the server has not got. */
  get owes() {
    return this.#sent < this.#steps;
  }

  /** A step was done. */
  edited() {
    this.#steps++;
    this.#keep();
    this.#later(SOON_MS);
  }

  /** Tries again at once what failed, as after signing in or when the network is back. */
  async again() {
    clearTimeout(this.#timer);
    await this.#keeping;
    if (this.owes) await this.#send();
  }

  /** The page may be gone in a moment: sends what outlives it. */
  leave() {
    if (!this.owes || this.#ended) return;
    if (this.#packed && this.#packed.length <= MOST_KEPT_ALIVE && this.#kept === this.#steps) {
      this.#sending?.abort();
      clearTimeout(this.#timer);
      this.#send(true);
    } else this.again();
  }

  /** Ends it: what was drawn is a version, or thrown away. */
  async end() {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#sending?.abort();
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
    this.#packed = await pack();
    this.#kept = steps;
    await browser.put({ bytes: this.#packed, base, known: this.known, at: Date.now() });
  }

  /** @param {number} ms */
  #later(ms) {
    clearTimeout(this.#timer);
    if (!this.#ended) this.#timer = setTimeout(() => this.again(), ms);
  }

  /** @param {boolean} [alive] Whether the request is to outlive the page. */
  async #send(alive = false) {
    if ((this.#sending && !alive) || !this.#packed || this.#ended) return;
    const [bytes, steps] = [this.#packed, this.#kept];
    const stop = new AbortController();
    this.#sending = stop;
    try {
      const how = { signal: stop.signal, keepalive: alive };
      await this.places.send(bytes, this.places.base, how);
      await this.#arrived(bytes, steps);
    } catch (problem) {
      if (!stop.signal.aborted) this.#failed(/** @type {Problem} */ (problem));
    } finally {
      if (this.#sending === stop) this.#sending = null;
    }
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {number} steps
   */
  async #arrived(bytes, steps) {
    this.known = await hashOf(bytes);
    this.#sent = steps;
    if (this.owes) {
      this.state.problem = null;
      // What is kept here must say what it goes on from now.
      this.#keep();
      this.#later(SOON_MS);
      return;
    }
    await this.places.browser.drop().catch(() => undefined);
    if (!this.owes) return this.#tell("saved", null, Date.now());
    // A step that came while it was dropped may have been dropped with it.
    this.#keep();
  }

  /** @param {Problem} problem */
  #failed(problem) {
    const place = this.state.place === "nowhere" ? "nowhere" : "browser";
    this.#tell(place, problem);
    if (!FINAL.includes(problem.status)) this.#later(AGAIN_MS);
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
