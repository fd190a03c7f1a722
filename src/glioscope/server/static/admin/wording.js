/** Actions of the audit in words, and its filter as an address has it. */

import { t } from "../texts.js";

/** What is done every day; others are filtered by typing them. */
export const ACTIONS = [
  "sign in",
  "sign in, refused",
  "sign in, locked",
  "sign out",
  "view",
  "export",
  "hand in",
  "cancel",
  "retry",
  "draw",
  "review",
  "sign",
  "withdraw",
  "open list",
  "close list",
  "delete list",
  "delete",
  "add user",
  "change user",
  "disable user",
  "set password",
  "new token",
  "revoke token",
  "send again",
];

/**
 * An action in the language of the page; as it is stored where there is no word for it.
 * @param {string} action
 */
export function actionName(action) {
  const code = `page.admin.action.${action.replaceAll(/\W+/g, "_")}`;
  const said = t(code);
  return said === code ? action : said;
}

/**
 * The filter as the server wants it: days are the reader's own, the last one whole.
 * @param {FormData} given
 */
export function filterOf(given) {
  const wanted = new URLSearchParams();
  for (const name of ["who", "action", "object"]) {
    const text = String(given.get(name) ?? "").trim();
    if (text) wanted.set(name, text);
  }
  for (const [name, days] of /** @type {[string, number][]} */ ([["since", 0], ["until", 1]])) {
    const day = String(given.get(name) ?? "");
    if (!day) continue;
    const at = new Date(`${day}T00:00`);
    at.setDate(at.getDate() + days);
    wanted.set(name, String(at.getTime()));
  }
  return wanted;
}
