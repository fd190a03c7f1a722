/** Whether work that is handed in now would be done, said over the list when it would not. */

import { get, Problem } from "../api.js";
import { byId } from "../dom.js";
import { t } from "../texts.js";

const EVERY_MS = 20_000;

/** @type {Record<string, string>} */
const SAID = {
  away: "page.health.away",
  "no space": "page.health.no_space",
  "no worker": "page.health.no_worker",
  "no database": "page.health.no_database",
};

/** @param {string} state */
export function showHealth(state) {
  const banner = byId("banner");
  const code = SAID[state];
  const said = code ? t(code) : "";
  banner.hidden = !code;
  // What is read aloud once is not read again every twenty seconds.
  if (banner.textContent !== said) banner.textContent = said;
}

/** Asks now, and every now and then as long as somebody looks. */
export function watchHealth() {
  void ask();
  setInterval(() => document.hidden || void ask(), EVERY_MS);
}

export async function ask() {
  try {
    showHealth((await get("//ready")).state);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    showHealth(error.said?.state ?? "away");
  }
}
