/** What the page shows while there is no result, and why. */

import { send } from "../api.js";
import { element } from "../dom.js";
import { sentence } from "../format.js";
import { t } from "../texts.js";
import { button } from "./controls/controls.js";

/** @typedef {import("../api.js").Problem} Problem */
/** @typedef {import("./source.js").Study} Study */

/**
 * A study that waits or runs, and how far it is.
 * @param {Study} study
 */
export function underWay({ state, stage, done, total }) {
  const waits = state === "waiting";
  const code = waits ? "page.study.state.waiting" : `page.study.stage.${stage ?? "starting"}`;
  const bar = element("progress", { "aria-label": t("page.study.progress") });
  if (state === "running" && stage === "network" && total > 0) {
    bar.max = total;
    bar.value = done;
  }
  const count = bar.value > 0 ? t("page.study.slices_done", { done, total }) : "";
  return box(element("p", {}, t(code)), bar, element("p", { class: "faint" }, count));
}

/**
 * A study that has no result and will not get one by waiting.
 * @param {Study} study
 * @param {boolean} judges Whether the one at the page may have it analysed again.
 * @param {() => void} again Called once the server has taken it on again.
 * @param {(problem: Problem) => void} failed
 */
export function ended({ id, state, cause }, judges, again, failed) {
  const ask = (/** @type {string} */ query) => async (/** @type {Event} */ event) => {
    const pressed = /** @type {HTMLButtonElement} */ (event.currentTarget);
    pressed.disabled = true;
    await send("POST", `/studies/${id}/retry${query}`).then(again, (problem) => {
      pressed.disabled = false;
      failed(problem);
    });
  };
  const ways = judges ? [button(t("page.study.retry"), ask(""))] : [];
  // What the model refuses can still be looked at, outlined and reviewed, on the grid of FLAIR.
  const outlined = !cause?.code.endsWith("no_flair");
  if (judges && outlined && state === "refused") {
    ways.push(button(t("page.study.retry_without_model"), ask("?with_model=false")));
  }
  const said = cause ? [element("p", {}, sentence(cause.text))] : [];
  return box(element("h2", {}, t(`page.study.state.${state}`)), ...said, ...ways);
}

/**
 * What the server answered instead of the study.
 * @param {Partial<Problem>} problem
 * @param {() => void} again
 */
export function missing(problem, again) {
  if (problem.status === 404) {
    const link = element("a", { href: "/", class: "button" }, t("page.study.to_list"));
    return box(element("h2", {}, t("page.study.no_such")), link);
  }
  const detail = problem.detail ?? t("page.study.broken");
  return box(element("h2", {}, t("page.study.not_loaded")), element("p", {}, detail),
    button(t("page.study.load_again"), again));
}

/** While the study is asked for. */
export function loading() {
  return box(element("p", {}, t("page.study.loading")), element("progress"));
}

/** @param {(Node | string)[]} content */
function box(...content) {
  return element("div", { class: "state", role: "status" }, ...content);
}
