/** What the server is asked for while a study is corrected and reviewed. */

import { ask, json } from "../../api.js";

/**
 * @typedef {object} Version An outline that a doctor drew.
 * @property {string} id
 * @property {number} number
 * @property {string} author
 * @property {string} base `model`, `empty`, or the id of a version.
 * @property {number} created_at In ms.
 * @property {number} voxels
 * @property {number | null} volume_ml
 * @property {number | null} added
 * @property {number | null} removed
 * @property {number | null} dice With the model's.
 */

/**
 * @typedef {object} Review
 * @property {string} id
 * @property {number} number
 * @property {string} reader
 * @property {"accept" | "correct" | "reject"} verdict
 * @property {string | null} reason
 * @property {string | null} comment
 * @property {string | null} version
 * @property {string | null} list
 * @property {number} created_at
 * @property {number | null} signed_at
 * @property {string | null} superseded_by
 */

/**
 * @typedef {object} Said What a reader says of a study.
 * @property {Review["verdict"]} verdict
 * @property {string | null} [reason]
 * @property {string | null} [comment]
 * @property {string | null} [version]
 * @property {string | null} [supersedes]
 * @property {number} [seconds]
 */

/** @typedef {{bytes: Uint8Array<ArrayBuffer>, base: string, at: number}} StoredDraft */

export class Requests {
  /**
   * @param {string} study
   * @param {string | null} list The reading list that the study was opened from.
   */
  constructor(study, list) {
    this.study = study;
    this.list = list;
  }

  /** @returns {Promise<Version[]>} */
  async versions() {
    return (await this.#get("versions")).versions;
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes Of `encodeMask`.
   * @param {string} base
   * @returns {Promise<Version>}
   */
  async saveVersion(bytes, base) {
    const headers = { "Content-Type": "application/gzip" };
    const address = this.#address("versions", { base });
    return (await ask(address, { method: "POST", body: bytes, headers })).json();
  }

  /** @param {string} id */
  async versionMask(id) {
    return (await ask(this.#address(`versions/${id}/mask`), {})).arrayBuffer();
  }

  /** @param {string} id */
  versionView(id) {
    return this.#get(`versions/${id}/view`);
  }

  /**
   * @param {string} id
   * @returns {Promise<{name: string}[]>}
   */
  async versionFiles(id) {
    return (await this.#get(`versions/${id}/files`)).files;
  }

  /** @returns {Promise<StoredDraft | null>} */
  async draft() {
    const response = await ask(this.#address("draft"), {});
    if (response.status === 204) return null;
    return {
      bytes: new Uint8Array(await response.arrayBuffer()),
      base: response.headers.get("X-Draft-Base") ?? "empty",
      at: savedAt(response),
    };
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {string} base
   * @param {number} since When the draft that it goes on from was saved, in ms; 0 for none.
   * @param {RequestInit} how
   * @returns {Promise<number>} When it was saved.
   */
  async putDraft(bytes, base, since, how) {
    const headers = { "Content-Type": "application/octet-stream" };
    const address = this.#address("draft", { base, since: String(since) });
    return savedAt(await ask(address, { ...how, method: "PUT", body: bytes, headers }));
  }

  dropDraft() {
    return ask(this.#address("draft"), { method: "DELETE" });
  }

  /** @returns {Promise<Review[]>} */
  async reviews() {
    return (await this.#get("reviews")).reviews;
  }

  /**
   * @param {Said} said
   * @returns {Promise<Review>}
   */
  async review(said) {
    const how = { method: "POST", ...json({ ...said, list: this.list }) };
    return (await ask(this.#address("reviews"), how)).json();
  }

  /** @param {string} id */
  async sign(id) {
    return (await ask(this.#address(`reviews/${id}/sign`), { method: "POST" })).json();
  }

  /** @param {string} id */
  withdraw(id) {
    return ask(this.#address(`reviews/${id}`), { method: "DELETE" });
  }

  /**
   * Says that a page has the study open.
   * @param {string} page
   * @returns {Promise<string[]>} Names of others who have.
   */
  async present(page) {
    const address = this.#address("presence", { page });
    return (await (await ask(address, { method: "PUT" })).json()).others;
  }

  /** @param {string} page */
  leave(page) {
    return ask(this.#address("presence", { page }), { method: "DELETE", keepalive: true });
  }

  /** @param {string} path */
  async #get(path) {
    return (await ask(this.#address(path), {})).json();
  }

  /**
   * @param {string} path
   * @param {Record<string, string>} [more]
   */
  #address(path, more = {}) {
    const query = new URLSearchParams(more);
    if (this.list && !path.startsWith("presence")) query.set("list", this.list);
    return `/studies/${this.study}/${path}${query.size > 0 ? `?${query}` : ""}`;
  }
}

/** @param {Response} response */
function savedAt(response) {
  return Number(response.headers.get("X-Draft-Saved-At"));
}
