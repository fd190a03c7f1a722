/** What was not finished, at the server and in this browser; its reader chooses if need be. */

import { element } from "../../dom.js";
import { clock } from "../../format.js";
import { t } from "../../texts.js";
import { choose } from "../controls/dialogs.js";
import { hashOf, which } from "./which.js";

/** @typedef {import("../review/requests.js").Requests} Requests */
/** @typedef {import("./browser_drafts.js").BrowserStore} BrowserStore */

/**
 * @typedef {object} Found
 * @property {{bytes: Uint8Array<ArrayBuffer>, base: string, at: number}} draft
 * @property {string | null} known SHA-256 of the draft that the server has.
 * @property {number} at When that was saved, in ms; 0 where there is none.
 * @property {boolean} owed Whether the server has yet to get it.
 */

/**
 * The draft to go on with; null where there is none, "later" where nobody has chosen.
 * @param {Requests} requests
 * @param {BrowserStore} browser
 * @returns {Promise<Found | null | "later">}
 */
export async function findDraft(requests, browser) {
  const [stored, kept] = await Promise.all([requests.draft(), browser.get().catch(() => null)]);
  const known = stored && (await hashOf(stored.bytes));
  const at = stored ? stored.at : 0;
  const fromServer = stored && { draft: stored, known, at, owed: false };
  if (!kept) return fromServer;
  const own = { hash: await hashOf(kept.bytes), known: kept.known };
  let taken = /** @type {string} */ (which(known, own));
  if (taken === "ask") taken = await asked(at, kept.at);
  if (taken === "") return "later";
  if (taken === "browser") return { draft: kept, known, at, owed: true };
  await browser.drop();
  return fromServer;
}

/**
 * Both may hold work that the other lacks: their reader decides.
 * @param {number} server When the server's was saved, in ms; 0 where it is gone.
 * @param {number} browser
 */
function asked(server, browser) {
  const own = t("page.correct.two.browser", { time: clock(browser) });
  const other = server
    ? t("page.correct.two.server", { time: clock(server) })
    : t("page.correct.two.gone");
  const choices = [{ value: "browser", name: own }, { value: "server", name: other }];
  if (server > browser) choices.reverse();
  const text = t(server ? "page.correct.two.text" : "page.correct.two.text_gone");
  const content = [element("p", {}, text)];
  return choose({ title: t("page.correct.two.title"), content, choices });
}
