/** The list as the server has it: fetched by page, refreshed by line. */

import { get, Problem, send } from "../api.js";
import { byId } from "../dom.js";
import { t } from "../texts.js";
import { keepOrder, place } from "../round.js";
import { showNothing } from "./nothing.js";
import { address, EVERYTHING, isFiltered, PAGE_SIZE, restored, withinPages } from "./query.js";
import { allowed } from "./studies.js";
import { Table } from "./table.js";
import { announcement } from "./wording.js";

/** @typedef {import("./studies.js").Study} Study */
/** @typedef {import("./query.js").Wanted} Wanted */

const KEPT = "glioscope.list";
// Changes come in bunches; and a line moves only after its new state was to be read.
const SOON_MS = 700;
const MOST_SINGLE = 10;

export class List {
  #asking = new AbortController();
  #timer = 0;
  #loaded = false;
  /** @type {Set<string>} Deleted here: nobody need ask for them again. */
  #deleted = new Set();

  /**
   * @param {(text: string) => void} announce
   * @param {(problem: unknown) => void} complain
   */
  constructor(announce, complain) {
    this.announce = announce;
    this.complain = complain;
    const body = /** @type {HTMLTableSectionElement} */ (byId("studies").querySelector("tbody"));
    this.may = allowed(byId("list").dataset.role);
    this.table = new Table(body, this.may);
    // Not in the address: what is searched for may be a patient's number.
    this.wanted = restored(sessionStorage.getItem(KEPT));
    this.total = 0;
    showNothing("loading");
  }

  /** @param {Partial<Wanted>} change */
  want(change) {
    this.wanted = { ...this.wanted, offset: 0, ...change };
    sessionStorage.setItem(KEPT, JSON.stringify(this.wanted));
    return this.load();
  }

  clear() {
    return this.want({ ...EVERYTHING, sort: this.wanted.sort });
  }

  async load() {
    clearTimeout(this.#timer);
    this.#asking.abort();
    const asking = new AbortController();
    this.#asking = asking;
    byId("studies").setAttribute("aria-busy", "true");
    try {
      const page = await get(address(this.wanted), asking.signal);
      await this.#took(page.studies, page.total);
    } catch (error) {
      if (!asking.signal.aborted) this.#failed(error);
    }
  }

  /** Loads again in a moment, once for all reasons that come until then. */
  soon() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.load(), SOON_MS);
  }

  /**
   * Studies that are not what they were: those in sight are asked for one by one.
   * @param {string[]} ids
   */
  async changed(ids) {
    const shown = ids.filter((id) => this.table.lines.has(id) && !this.#deleted.has(id));
    if (shown.length < ids.length || shown.length > MOST_SINGLE) this.soon();
    if (shown.length <= MOST_SINGLE) await Promise.all(shown.map((id) => this.#refresh(id)));
  }

  /**
   * Has something done with a study and shows it as it is then.
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async act(method, path, body) {
    try {
      this.#show(await send(method, path, body));
    } catch (error) {
      this.complain(error);
    }
    this.soon();
  }

  /** @param {string} id */
  async delete(id) {
    this.#deleted.add(id);
    try {
      await send("DELETE", `/studies/${id}`);
      this.announce(t("page.list.deleted"));
    } catch (error) {
      this.#deleted.delete(id);
      this.complain(error);
    }
    await this.load();
  }

  /**
   * @param {Study[]} studies
   * @param {number} total
   */
  async #took(studies, total) {
    const offset = withinPages(this.wanted.offset, total);
    if (offset !== this.wanted.offset) return this.want({ offset });
    this.#loaded = true;
    this.total = total;
    studies.forEach((study) => this.#tell(study));
    const first = this.table.lines.size === 0;
    this.table.show(studies);
    keepOrder(sessionStorage, studies.map(({ id }) => id));
    // Back from a study, the keys go on from its line.
    if (first) this.table.choose(place(sessionStorage));
    byId("studies").removeAttribute("aria-busy");
    this.#nothing();
    this.#pages(studies.length);
  }

  #nothing() {
    byId("clear").hidden = !isFiltered(this.wanted);
    if (this.total > 0) showNothing(null);
    else if (!isFiltered(this.wanted)) showNothing(this.may.ask ? "empty" : "none yet");
    else showNothing("unfound");
  }

  /** @param {number} shown */
  #pages(shown) {
    const { offset } = this.wanted;
    const places = { first: offset + 1, last: offset + shown, total: this.total };
    byId("range").textContent = t("page.list.range", places);
    const more = offset + shown < this.total;
    /** @type {[string, boolean][]} */
    const buttons = [["previous", offset > 0], ["next", more]];
    for (const [id, useful] of buttons) {
      const button = byId(id);
      button.hidden = this.total <= PAGE_SIZE;
      button.toggleAttribute("disabled", !useful);
    }
  }

  /** @param {string} id */
  async #refresh(id) {
    try {
      this.#show(await get(`/studies/${id}`));
    } catch (error) {
      if (error instanceof Problem && error.status === 404) this.soon();
      else if (!(error instanceof Problem)) throw error;
    }
  }

  /** @param {Study} study */
  #show(study) {
    const before = this.table.lines.get(study.id)?.study;
    if (!before) return;
    this.#tell(study);
    this.table.refresh(study);
    // It may be another's turn now, or a filter may leave it out.
    if (before.state !== study.state || before.urgent !== study.urgent) this.soon();
  }

  /** @param {Study} study */
  #tell(study) {
    const before = this.table.lines.get(study.id)?.study;
    if (before && before.state !== study.state) this.announce(announcement(study));
  }

  /** @param {unknown} error */
  #failed(error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status !== 0) this.complain(error);
    if (!this.#loaded) showNothing("away");
  }
}
