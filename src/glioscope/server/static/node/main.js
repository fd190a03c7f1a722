/** The page of the PACS node: looked at again and again, and what was given up sent again. */

import { get, Problem, send } from "../api.js";
import { byId } from "../dom.js";
import { t } from "../texts.js";
import { faultLine, queueLine } from "./tables.js";

/** @typedef {import("./tables.js").Fault} Fault */
/** @typedef {import("./tables.js").Queue} Queue */

const EVERY_MS = 10_000;

/**
 * Puts lines into a table; the button that was held stays held.
 * @param {string} id
 * @param {HTMLElement[]} lines
 */
function fill(id, lines) {
  const body = /** @type {HTMLElement} */ (byId(id).querySelector("tbody"));
  const held = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.does;
  body.replaceChildren(...lines);
  const same = held && body.querySelector(`[data-does="${CSS.escape(held)}"]`);
  if (same instanceof HTMLElement) same.focus();
}

/** @param {{ sources: Queue[], destinations: Queue[], faults: Fault[] }} found */
function show({ sources, destinations, faults }) {
  const known = sources.length + destinations.length > 0;
  byId("nothing").hidden = known;
  byId("shown").hidden = !known;
  byId("well").hidden = faults.length > 0;
  byId("faults").hidden = faults.length === 0;
  fill("faults", faults.map((one) => faultLine(one, again)));
  fill("sources", sources.map((one) => queueLine(one, ["coming", "taken", "left"], again)));
  fill("destinations",
    destinations.map((one) => queueLine(one, ["waiting", "sent", "failed"], again)));
  byId("node").setAttribute("aria-busy", "false");
}

/** @param {() => Promise<void>} doing */
async function tried(doing) {
  const problem = byId("problem");
  try {
    await doing();
    problem.hidden = true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    /** @type {HTMLElement} */ (problem.firstElementChild).textContent = error.detail;
    problem.hidden = false;
  }
}

async function look() {
  show(await get("/node"));
}

/** @param {string} path */
function again(path) {
  void tried(async () => {
    const { count } = await send("POST", path);
    byId("said").textContent = t("page.node.again.done", { count });
    await look();
    const gone = document.activeElement === document.body;
    // Where the button is gone, whoever uses the keyboard goes on from the head of its table.
    if (gone) byId("faults-title").focus();
  });
}

void tried(look);
setInterval(() => document.hidden || void tried(look), EVERY_MS);
