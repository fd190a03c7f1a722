/** Correcting: begins, goes on, is kept, becomes a version or is thrown away. */

import { clock } from "../../format.js";
import { t } from "../../texts.js";
import { confirmed } from "../controls/dialogs.js";
import { encodeDraft, encodeMask, decodeDraft } from "../draw/codec.js";
import { Mask } from "../draw/mask.js";
import { voxels } from "../grid/grid.js";
import { findDraft } from "./drafts.js";
import { Hand } from "./hand.js";
import { Keeper } from "./keeper.js";
import { Sheet } from "./sheet.js";
import { hashOf } from "./which.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../review/requests.js").Requests} Requests */
/** @typedef {import("../review/requests.js").Version} Version */
/** @typedef {import("./browser_drafts.js").BrowserStore} BrowserStore */

/** @typedef {{known: string | null, at: number}} Server SHA-256 and time of the draft it has. */

/**
 * @typedef {object} Given
 * @property {Desk} desk
 * @property {Requests} requests
 * @property {BrowserStore} browser
 * @property {() => Uint8Array | Int16Array | null} intensities Of the sequence that is shown.
 * @property {() => void} changed Called after every change of what there is.
 * @property {(version: Version) => Promise<unknown>} saved
 */

export class Correction {
  /** @type {Sheet | null} */
  sheet = null;
  /** @type {Keeper | null} */
  keeper = null;
  /** Whether it is what the page is at, and not only kept for later. */
  open = false;
  busy = false;
  /** @type {Partial<import("../../api.js").Problem> | null} Why the last save failed. */
  problem = null;
  /** What the last tool has to say. */
  said = "";
  #sought = false;

  /** @param {Given} given */
  constructor(given) {
    this.given = given;
    this.hand = new Hand(given.desk, () => this.#live(), given.intensities);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.keeper?.leave();
      else this.keeper?.again();
    });
    addEventListener("pagehide", () => this.keeper?.leave());
    addEventListener("online", () => this.keeper?.again());
    addEventListener("beforeunload", (event) => {
      if (this.keeper?.state.place === "nowhere") event.preventDefault();
    });
  }

  /** Takes up what was not finished, as far as there is anything. */
  async restore() {
    const { requests, browser } = this.given;
    const found = await findDraft(requests, browser);
    this.#sought = found !== "later";
    if (found === "later" || !found) return;
    await this.#takeUp(found);
    this.#say(t("page.correct.restored", { time: clock(found.draft.at) }));
  }

  /** @param {import("./drafts.js").Found} found */
  async #takeUp({ draft: { bytes, base }, known, at, owed }) {
    const { size, spacing } = this.given.desk;
    const { mask, base: hash } = await decodeDraft(bytes, size, spacing);
    this.#lay(mask, base, hash, { known, at });
    if (owed) this.keeper?.edited();
    this.#open();
  }

  /**
   * Begins with an outline, or goes on with what was begun with it.
   * @param {string} base `model`, `empty`, or the id of a version.
   * @param {Uint8Array | null} values Labels; null for an empty outline.
   */
  async start(base, values) {
    // What lies here or at the server must be known before anything takes its place.
    if (!this.#sought) await this.restore();
    if (!this.#sought) return;
    if (this.sheet && this.sheet.base !== base && !(await this.#replaces())) return this.#open();
    if (this.sheet?.base !== base) {
      const { size, spacing } = this.given.desk;
      const from = values ?? new Uint8Array(voxels(size));
      const mask = new Mask(size, spacing, from.map((label) => Number(label > 0)));
      const server = await this.#forget();
      this.#lay(mask, base, await hashOf(new Uint8Array(from)), server);
    }
    this.#open();
  }

  /** Leaves it for now; it is kept. */
  close() {
    this.sheet?.end();
    this.open = false;
    this.given.desk.set({ tool: null });
    this.given.changed();
  }

  /** Throws it away after a question. */
  async discard() {
    if (!this.sheet || this.busy) return;
    const [title, text] = [t("page.correct.discard.title"), t("page.correct.discard.text")];
    if (!(await confirmed(title, text, t("page.correct.discard"), "danger"))) return;
    await this.#forget();
    this.#clear();
    this.given.desk.set({ own: null });
  }

  /** Hands it in as a version. */
  async save() {
    const { sheet, keeper } = this;
    if (!sheet || this.busy) return;
    sheet.end();
    this.#work(true, null);
    try {
      const bytes = await encodeMask(sheet.mask);
      await keeper?.hold();
      const version = await this.given.requests.saveVersion(bytes, sheet.base);
      await keeper?.end();
      this.#clear();
      await this.given.saved(version);
    } catch (problem) {
      keeper?.goOn();
      this.#work(false, /** @type {any} */ (problem));
    }
  }

  fill() {
    const done = this.#live()?.fill(this.given.desk.slice);
    if (done !== undefined) this.#say(done ? "" : t("page.correct.nothing_closed"));
  }

  interpolate() {
    const sheet = this.#live();
    if (!sheet) return;
    const found = sheet.interpolate();
    this.#say(found ? interpolated(found) : t("page.correct.draw_two"));
  }

  undo() {
    if (this.#live()?.undo()) this.#say("");
  }

  redo() {
    if (this.#live()?.redo()) this.#say("");
  }

  /** The sheet, while it may be drawn on. */
  #live() {
    return this.open && !this.busy ? this.sheet : null;
  }

  /** @param {string} text */
  #say(text) {
    this.said = text;
    this.hand.forget();
    this.given.desk.set({});
    this.given.changed();
  }

  /**
   * @param {Mask} mask
   * @param {string} base
   * @param {string} hash
   * @param {Server} server
   */
  #lay(mask, base, hash, server) {
    const { requests, browser, changed } = this.given;
    const keeper = new Keeper({
      pack: () => encodeDraft(mask, hash),
      base,
      browser,
      send: (...all) => requests.putDraft(...all),
      stored: () => requests.draft(),
      tell: changed,
    }, server.known, server.at);
    this.keeper = keeper;
    this.sheet = new Sheet(mask, base, hash, () => {
      this.problem = null;
      this.said = "";
      keeper.edited();
      changed();
    });
  }

  #open() {
    this.open = true;
    const { desk, changed } = this.given;
    desk.set({ own: this.sheet?.mask.data ?? null, ownShown: true, outline: true });
    changed();
  }

  #replaces() {
    const title = t("page.correct.replace.title");
    return confirmed(title, t("page.correct.replace.text"), t("page.correct.replace"), "danger");
  }

  /**
   * Ends what is kept of the present sheet, here and at the server.
   * @returns {Promise<Server>} What the server still has, where it could not be reached.
   */
  async #forget() {
    const { keeper } = this;
    const nothing = { known: null, at: 0 };
    if (!keeper) return nothing;
    await keeper.end();
    const { known, since: at } = keeper;
    return this.given.requests.dropDraft().then(() => nothing, () => ({ known, at }));
  }

  #clear() {
    this.sheet = null;
    this.keeper = null;
    this.said = "";
    this.#work(false, null);
    this.close();
  }

  /**
   * @param {boolean} busy
   * @param {Correction["problem"]} problem
   */
  #work(busy, problem) {
    this.busy = busy;
    this.problem = problem;
    this.given.changed();
  }
}

/** @param {{made: number[], empty: number[]}} found */
function interpolated({ made, empty }) {
  if (made.length === 0 && empty.length === 0) return t("page.correct.no_gap");
  const parts = [t("page.correct.made", { count: made.length })];
  if (empty.length > 0) parts.push(t("page.correct.apart", { count: empty.length }));
  return parts.join(" ");
}
