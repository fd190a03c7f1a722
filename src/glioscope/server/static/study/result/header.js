/** The head of the study: whose, when, what was found, and files to take away. */

import { send } from "../../api.js";
import { element } from "../../dom.js";
import { day, probability } from "../../format.js";
import { identity as nameOf, identityDetail } from "../../list/studies.js";
import { replacedLines } from "../../replaced.js";
import { following } from "../../round.js";
import { language, t } from "../../texts.js";
import { button } from "../controls/controls.js";
import { filesMenu } from "./files.js";
import { volumeText } from "./wording.js";

/** @typedef {import("../source.js").Result} Result */
/** @typedef {import("../source.js").Study} Study */

/** @type {Record<string, {look: string, code: string}>} */
const DECISIONS = {
  tumour: { look: "found", code: "page.study.decision.tumour" },
  "not typical": { look: "atypical", code: "page.study.decision.atypical" },
  "no tumour": { look: "", code: "page.study.decision.none" },
};

/**
 * Has the model asked about a study that was handed in without it, and the page begin anew.
 * @param {Result} result
 */
export function askModel({ study, hidden }) {
  if (hidden !== "none") return [];
  const said = element("span", { class: "small", role: "alert" });
  const made = button(t("page.study.ask_model"), () => {
    made.disabled = true;
    said.textContent = "";
    send("POST", `/studies/${study.id}/retry`).then(() => location.reload(), ({ detail }) => {
      made.disabled = false;
      said.textContent = detail;
    });
  });
  return [made, said];
}

/** @param {Study} study */
export function identity(study) {
  const who = [nameOf(study), identityDetail(study), study.accession];
  const when = study.study_date ? day(study.study_date) : null;
  const name = element("h1", {}, who.filter(Boolean).join(" · "));
  const versions = replacedLines(study, "replaced");
  const dates = when ? [dated(when)] : [];
  const parts = [back(), name, ...dates, ...next(study.id), ...versions];
  return element("div", { class: "identity" }, ...parts);
}

function back() {
  const title = `${t("page.study.to_list")} (Q)`;
  return element("a", { href: "/", class: "back", title }, `‹ ${t("page.study.back")}`);
}

/**
 * On to the next study of the work list; a reading list has an order of its own.
 * @param {string} id
 */
function next(id) {
  if (new URLSearchParams(location.search).has("list")) return [];
  const after = following(sessionStorage, id);
  if (after === null) return [];
  const title = `${t("page.study.next")} (J)`;
  return [element("a", { href: `/studies/${after}`, class: "next", title },
    `${t("page.study.next.short")} ›`)];
}

/** @param {string} when */
function dated(when) {
  return element("span", { class: "faint" }, when);
}

/** @param {Result} result */
export function conclusionLine({ analysis, facts, hidden }) {
  if (hidden) return element("p", { class: "decision" }, t(`page.study.hidden.${hidden}`));
  const { look, code } = DECISIONS[analysis.decision];
  const line = element("p", { class: `decision ${look}` });
  line.append(
    element("span", { class: "sign" }),
    element("span", {}, t(code)),
    element("strong", {}, probability(analysis.probability)),
  );
  if (look) line.append("·\u00a0", element("strong", { id: "volume" }, volumeOf(analysis)));
  // Why it is no tumour to the model is asked at once; what speaks for one stands beside.
  const basis = analysis.decision === "not typical" && facts.said?.[language()]?.basis;
  if (basis) line.append(element("span", { class: "faint small" }, basis));
  return line;
}

/** @param {any} analysis */
function volumeOf(analysis) {
  const voxels = analysis.findings.reduce(
    (/** @type {number} */ sum, /** @type {{voxels: number}} */ one) => sum + one.voxels,
    0,
  );
  return volumeText(analysis.volume_ml, voxels, analysis.volume_interval);
}

/** @param {Result} result */
export function downloads({ base, files }) {
  return filesMenu(`${base}/files`, () => Promise.resolve(files));
}
