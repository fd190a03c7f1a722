/** Correcting and reviewing on the page of a study: its parts, and how they hold together. */

import { browserDrafts } from "../correct/browser_drafts.js";
import { drawingActions } from "../correct/actions.js";
import { Correction } from "../correct/correction.js";
import { Toolbar } from "../correct/toolbar.js";
import { readVolume } from "../grid/nifti.js";
import { diameterRulers } from "../measure/diameter_lines.js";
import { ReviewBar } from "./bar.js";
import { Comment } from "./comment.js";
import { Outlines } from "./outlines.js";
import { ReviewPanel } from "./panel.js";
import { stayPresent } from "./presence.js";
import { Requests } from "./requests.js";
import { Reviewing } from "./reviewing.js";
import { Watch } from "./watch.js";
import { watchReviews } from "../source.js";

/** @typedef {import("../controls/keyboard.js").Actions} Actions */
/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../source.js").Result} Result */
/** @typedef {import("./requests.js").Version} Version */

/**
 * @typedef {object} Reader Who is at the page.
 * @property {string} name
 * @property {boolean} judges Whether he may correct and review.
 * @property {string | null} list The reading list that the study was opened from.
 */

export class Reviews {
  /** @type {string | null} Id of the version that is shown. */
  #shown = null;
  /** @type {any[]} Findings of that version. */
  #findings = [];

  /**
   * @param {Result} result
   * @param {Desk} desk
   * @param {Reader} reader
   * @param {() => Uint8Array | Int16Array | null} intensities Of the sequence that is shown.
   */
  constructor(result, desk, { name, judges, list }, intensities) {
    /** @type {() => Promise<void>} Called once an outline of this reader holds. */
    this.corrected = () => Promise.resolve();
    this.result = result;
    this.desk = desk;
    this.judges = judges;
    this.requests = new Requests(result.study.id, list);
    const key = [name, result.study.id, list ?? ""].join(" ");
    const watch = new Watch();
    document.addEventListener("visibilitychange", () => watch.turn(!document.hidden));
    this.reviewing = new Reviewing({
      requests: this.requests,
      reader: name,
      comment: new Comment(key),
      seconds: () => watch.seconds,
      changed: () => this.#update(),
      // A blind reader who has signed may see more than before.
      signed: () => result.hidden === "blind" && location.reload(),
    });
    this.correction = new Correction({
      desk,
      requests: this.requests,
      browser: browserDrafts(key),
      intensities,
      changed: () => this.#update(),
      saved: (version) => this.#saved(version),
    });
    this.actions = this.#actions();
    this.bar = new ReviewBar(this.reviewing, this.actions, judges, !result.hidden);
    this.panel = new ReviewPanel(this.reviewing, judges);
    const names = result.facts.slice_names;
    this.outlines = new Outlines(this.#deeds(), names, judges, !result.hidden);
    const grows = () => intensities() !== null;
    this.toolbar = new Toolbar(desk, this.correction, this.actions, grows);
  }

  /** Fetches what was said and drawn, and takes up what was not finished. */
  async start() {
    const failed = (/** @type {any} */ problem) => {
      this.reviewing.problem = problem;
      this.#update();
    };
    stayPresent(this.requests, (others) => {
      this.reviewing.others = others;
      this.#update();
    }, failed);
    await this.reviewing.load().catch(failed);
    watchReviews(this.result.study.id, () => this.reviewing.load().catch(failed));
    if (this.judges) await this.correction.restore().catch(failed);
    const last = this.reviewing.versions.at(-1);
    if (last && !this.desk.own) await this.#show(last).catch(failed);
  }

  #update() {
    const { open, sheet } = this.correction;
    this.bar?.update(open);
    this.panel?.update();
    this.outlines?.update({
      versions: this.reviewing.versions,
      shown: this.#shown,
      findings: this.#findings,
      correcting: open,
      kept: Boolean(sheet),
    });
    this.toolbar?.ask();
  }

  /** @returns {Actions} */
  #actions() {
    if (!this.judges) return {};
    const { reviewing, correction } = this;
    const begin = () => this.#begin();
    return {
      ...drawingActions(this.desk, correction, begin),
      accept: () => reviewing.accept(),
      correct: begin,
      reject: () => reviewing.reject(),
      save: () => (correction.open ? correction.save() : reviewing.sign()),
    };
  }

  /** Begins with the outline that is shown, or goes on with the draft. */
  async #begin() {
    if (this.correction.open) return;
    const { sheet } = this.correction;
    await this.#correct(sheet?.base ?? this.#shown ?? (this.result.hidden ? "empty" : "model"));
  }

  /** @param {string} base */
  async #correct(base) {
    if (!(await this.reviewing.mayCorrect())) return;
    await this.#attempt(async () => {
      const going = this.correction.sheet?.base === base;
      await this.correction.start(base, going ? null : await this.#valuesOf(base));
      if (this.correction.open) this.#forget();
    });
  }

  /** @param {string} base */
  async #valuesOf(base) {
    if (base === "empty") return null;
    if (base === "model") return this.desk.mask;
    return new Uint8Array((await readVolume(await this.requests.versionMask(base))).data);
  }

  #deeds() {
    return {
      show: (/** @type {Version | null} */ version) => this.#attempt(() => this.#show(version)),
      correct: (/** @type {string} */ base) => this.#correct(base),
      go: (/** @type {number} */ slice) => this.desk.go(slice),
      files: (/** @type {Version} */ version) => this.requests.versionFiles(version.id),
      address: (/** @type {Version} */ version) =>
        `${this.result.base}/versions/${version.id}/files`,
    };
  }

  /** @param {Version | null} version Null: none of them. */
  async #show(version) {
    if (!version) {
      this.#forget();
      this.desk.set({ own: null });
      return;
    }
    const [own, { findings }] = await Promise.all([
      this.#valuesOf(version.id),
      this.requests.versionView(version.id),
    ]);
    if (this.correction.open || !own) return;
    const { size, spacing } = this.desk;
    this.#shown = version.id;
    this.#findings = findings;
    const ownDiameters = diameterRulers(own, size, spacing, findings);
    this.desk.set({ own, ownDiameters, ownShown: true });
    this.#update();
  }

  /** No version is shown any more. */
  #forget() {
    this.#shown = null;
    this.#findings = [];
    this.desk.set({ ownDiameters: [] });
    this.#update();
  }

  /** @param {Version} version One that was just drawn here. */
  async #saved(version) {
    await Promise.all([
      this.reviewing.corrected(version),
      this.#attempt(() => this.#show(version)),
    ]);
    await this.corrected();
  }

  /** @param {() => Promise<unknown>} work */
  async #attempt(work) {
    try {
      await work();
    } catch (problem) {
      this.reviewing.problem = /** @type {any} */ (problem);
      this.#update();
    }
  }
}
