/** Reviewing: what the reader says of the study, and what is known of all that was said. */

import { confirmed } from "../controls/dialogs.js";
import { t } from "../../texts.js";
import { askReason, askSign, askSupersede } from "./questions.js";
import { ownOf, supersededBy } from "./standing.js";

/** @typedef {import("./requests.js").Requests} Requests */
/** @typedef {import("./requests.js").Review} Review */
/** @typedef {import("./requests.js").Said} Said */
/** @typedef {import("./requests.js").Version} Version */
/** @typedef {import("./comment.js").Comment} Comment */

/**
 * @typedef {object} Given
 * @property {Requests} requests
 * @property {string} reader
 * @property {Comment} comment
 * @property {() => number} seconds That the study has been looked at.
 * @property {() => void} changed
 * @property {() => void} signed Called once more may be seen than before.
 */

export class Reviewing {
  /** @type {Review[]} Oldest first. */
  reviews = [];
  /** @type {Version[]} Oldest first. */
  versions = [];
  /** @type {string[]} Others who have the study open. */
  others = [];
  busy = false;
  /** @type {Partial<import("../../api.js").Problem> | null} */
  problem = null;
  #comment = Promise.resolve();

  /** @param {Given} given */
  constructor(given) {
    this.given = given;
  }

  /** The reader's own review that counts. */
  get own() {
    return ownOf(this.reviews, this.given.reader);
  }

  /** The reader's own, while it may still be signed or withdrawn. */
  get unsigned() {
    const { own } = this;
    return own && !own.signed_at ? own : null;
  }

  async load() {
    const { requests } = this.given;
    [this.versions, this.reviews] = await Promise.all([requests.versions(), requests.reviews()]);
    this.given.changed();
  }

  async accept() {
    if (await askSupersede(this.own)) await this.#say({ verdict: "accept" });
  }

  async reject() {
    if (!(await askSupersede(this.own))) return;
    const answer = await askReason(this.given.comment.text);
    if (!answer) return;
    this.given.comment.text = answer.comment;
    await this.#say({ verdict: "reject", reason: answer.reason });
  }

  /** Whether a correction may take the place of what was signed. */
  mayCorrect() {
    return askSupersede(this.own);
  }

  /** @param {Version} version One that the reader has just handed in. */
  async corrected(version) {
    await this.#do(() => this.#send({ verdict: "correct", version: version.id }));
  }

  async sign() {
    if (!this.unsigned || !(await askSign())) return;
    await this.#comment;
    await this.#do(async () => {
      await this.#bringComment();
      const review = this.unsigned;
      if (review) await this.given.requests.sign(review.id);
    });
    if (!this.problem) this.given.signed();
  }

  async withdraw() {
    const review = this.unsigned;
    if (!review) return;
    const [title, text] = [t("page.review.withdraw.title"), t("page.review.withdraw.text")];
    if (!(await confirmed(title, text, t("page.review.withdraw")))) return;
    await this.#do(() => this.given.requests.withdraw(review.id));
  }

  /** Brings a comment that was written after the verdict to the server; nothing waits for it. */
  commented() {
    const failed = (/** @type {Reviewing["problem"]} */ problem) => {
      this.problem = problem;
      this.given.changed();
    };
    this.#comment = this.#comment.then(() => this.#bringComment()).catch(failed);
  }

  /** @param {Said} said */
  #say(said) {
    return this.#do(() => this.#send(said));
  }

  /** @param {Said} said */
  async #send(said) {
    const { requests, comment, seconds } = this.given;
    const supersedes = supersededBy(this.own);
    const text = comment.text.trim() || null;
    await requests.review({ ...said, comment: text, supersedes, seconds: seconds() });
    comment.sent();
  }

  async #bringComment() {
    const review = this.unsigned;
    const text = this.given.comment.text.trim();
    if (!review || text === (review.comment ?? "")) return;
    const { verdict, reason, version } = review;
    await this.#send({ verdict, reason, version });
    await this.load();
  }

  /** @param {() => Promise<unknown>} work */
  async #do(work) {
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    this.given.changed();
    try {
      await work();
      await this.load();
    } catch (problem) {
      this.problem = /** @type {any} */ (problem);
    }
    this.busy = false;
    this.given.changed();
  }
}
