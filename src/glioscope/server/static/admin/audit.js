/** What was done, by whom and when: filtered, by pages, as a table for a spreadsheet, checked. */

import { get } from "../api.js";
import { byId, element } from "../dom.js";
import { moment } from "../format.js";
import { t } from "../texts.js";
import { ACTIONS, actionName, filterOf } from "./wording.js";

/** @typedef {{ id: number, at: number, who: string, action: string, object: string | null }} Row */
/** @typedef {(doing: () => Promise<void>) => Promise<void>} Tried */

/** The table of the audit, with its filter. */
export class AuditTable {
  /** @param {Tried} tried */
  constructor(tried) {
    this.table = byId("audit");
    this.body = /** @type {HTMLElement} */ (this.table.querySelector("tbody"));
    this.older = byId("older");
    this.form = /** @type {HTMLFormElement} */ (byId("filter"));
    this.before = 0;
    this.asked = 0;
    const known = ACTIONS.map((one) => element("option", { value: one }, actionName(one)));
    byId("actions").append(...known);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void tried(() => this.load());
    });
    this.older.addEventListener("click", () => void tried(() => this.#more()));
    byId("verify").addEventListener("click", () => void tried(() => this.#verify()));
    void tried(() => this.load());
  }

  /** Shows the last rows that the filter lets through. */
  async load() {
    this.before = 0;
    this.filter = filterOf(new FormData(this.form));
    const link = /** @type {HTMLAnchorElement} */ (byId("csv"));
    link.href = `/api/v1/audit/rows.csv?${this.filter}`;
    await this.#more();
  }

  /** The next page; the first takes the place of what was shown. */
  async #more() {
    const asked = ++this.asked;
    const wanted = new URLSearchParams(this.filter);
    const { before } = this;
    if (before) wanted.set("before", String(before));
    this.table.setAttribute("aria-busy", "true");
    const page = await get(`/audit?${wanted}`);
    // Something else was asked for meanwhile.
    if (asked !== this.asked) return;
    const rows = /** @type {Row[]} */ (page.rows);
    if (!before) this.body.replaceChildren();
    this.body.append(...rows.map(line));
    this.before = rows.at(-1)?.id ?? 0;
    this.older.hidden = !page.more;
    this.table.setAttribute("aria-busy", "false");
  }

  async #verify() {
    const chain = byId("chain");
    chain.className = "";
    chain.textContent = t("page.admin.verifying");
    const { rows, fault } = await get("/audit/state");
    chain.className = fault === null ? "whole" : "broken";
    chain.textContent =
      fault === null ? t("page.admin.whole", { rows }) : t("page.admin.broken", { row: fault });
  }
}

/** @param {Row} row */
function line(row) {
  const cells = [String(row.id), moment(row.at), row.who, actionName(row.action), row.object ?? ""];
  return element("tr", {}, ...cells.map((text) => element("td", {}, text)));
}
