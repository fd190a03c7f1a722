/** The node's tables: what did not go, and the queues of sources and destinations. */

import { element } from "../dom.js";
import { t } from "../texts.js";
import { age, nextTry } from "./wording.js";

/** @typedef {{ name: string, counts: Record<string, number>, oldest_s: number | null }} Queue */
/**
 * @typedef {object} Fault
 * @property {string} where
 * @property {string | null} study_id
 * @property {number} age_s
 * @property {number} times
 * @property {{ code: string, text: string }} cause
 * @property {number | null} delivery Null where it is tried again by itself.
 * @property {number | null} next_s
 */
/** @typedef {(path: string) => void} Again */

/**
 * @param {Fault} fault
 * @param {Again} again
 */
export function faultLine(fault, again) {
  const { where, cause, delivery, study_id: study } = fault;
  const said = element("td", {}, cause.text);
  if (study) {
    const link = { class: "study", href: `/studies/${study}` };
    said.append(" ", element("a", link, t("page.node.study")));
  }
  const path = `/node/deliveries/${delivery}/retry`;
  const next = delivery === null
    ? nextTry(fault.next_s)
    : button(path, t("page.node.again"), t("page.node.again.one", { where }), again);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, where),
    said,
    element("td", {}, age(fault.age_s)),
    element("td", { class: "count" }, fault.times ? String(fault.times) : ""),
    element("td", {}, next),
  );
}

/**
 * @param {Queue} queue
 * @param {string[]} states From left to right.
 * @param {Again} again
 */
export function queueLine(queue, states, again) {
  const { name, counts, oldest_s: oldest } = queue;
  const numbers = states.map((state) => {
    const look = state === "failed" && counts.failed ? "count alarm" : "count";
    return element("td", { class: look }, String(counts[state] ?? 0));
  });
  const path = `/node/destinations/${encodeURIComponent(name)}/retry`;
  const all = counts.failed
    ? [button(path, t("page.node.again.all"), t("page.node.again.of", { where: name }), again)]
    : [];
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, name),
    ...numbers,
    element("td", {}, oldest === null ? "" : age(oldest)),
    element("td", {}, ...all),
  );
}

/**
 * @param {string} path
 * @param {string} text
 * @param {string} label
 * @param {Again} again
 */
function button(path, text, label, again) {
  const made = element("button", { type: "button", "aria-label": label, "data-does": path }, text);
  made.addEventListener("click", () => again(path));
  return made;
}
