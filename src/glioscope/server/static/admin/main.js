/** The page of admins: who may use the server, and what was done. */

import { Problem } from "../api.js";
import { byId } from "../dom.js";
import { AuditTable } from "./audit.js";
import { UserTable } from "./users.js";

const problem = byId("problem");

/**
 * Does something, and says above the page why it could not be done.
 * @param {() => Promise<void>} doing
 */
async function tried(doing) {
  problem.hidden = true;
  try {
    await doing();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const sentence = /** @type {HTMLElement} */ (problem.firstElementChild);
    sentence.textContent = error.detail;
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  }
}

const audit = new AuditTable(tried);
new UserTable(tried, () => audit.load());
