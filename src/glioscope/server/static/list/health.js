/** Whether work that is handed in now would be done, said over the list when it would not. */

import { get, Problem } from "../api.js";
import { byId, element } from "../dom.js";
import { t } from "../texts.js";

const EVERY_MS = 20_000;

/** @type {Record<string, string>} */
const SAID = {
  away: "page.health.away",
  "no space": "page.health.no_space",
  "no worker": "page.health.no_worker",
  "no database": "page.health.no_database",
};

/**
 * @param {string} state
 * @param {number} [stuck] Studies and results of a PACS node that do not get on.
 */
export function showHealth(state, stuck = 0) {
  const banner = byId("banner");
  const code = SAID[state] ?? (stuck ? "page.health.stuck" : "");
  const said = code ? t(code, { count: stuck }) : "";
  banner.hidden = !code;
  // What is read aloud once is not read again every twenty seconds.
  if (banner.dataset.said === said) return;
  banner.dataset.said = said;
  banner.replaceChildren(said);
  // Only admins have that page, and the frame shows them the way to it.
  if (code === "page.health.stuck" && document.querySelector('nav a[href="/admin"]')) {
    banner.append(element("a", { href: "/node" }, t("page.node.title")));
  }
}

/** Asks now, and every now and then as long as somebody looks. */
export function watchHealth() {
  void ask();
  setInterval(() => document.hidden || void ask(), EVERY_MS);
}

export async function ask() {
  try {
    const { state, stuck } = await get("//ready");
    showHealth(state, stuck);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    showHealth(error.said?.state ?? "away");
  }
}
