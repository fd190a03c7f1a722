/** One line of the work list: what each of its cells holds. */

import { drawing, element } from "../dom.js";
import { day, moment, probability, sentence, volume } from "../format.js";
import { t } from "../texts.js";
import { replacedLines } from "../replaced.js";
import { strip } from "./strip.js";
import { identity, identityDetail, mayCancel, mayRetry } from "./studies.js";
import {
  changeText, decisionWord, gateText, intervalText, reviewText, sinceText, stateText,
} from "./wording.js";

/** @typedef {import("./studies.js").May} May */
/** @typedef {import("./studies.js").Study} Study */
/** @typedef {(Node | string)[]} Content */

/** @type {Record<string, string>} */
const LOOKS = { tumour: "suspicious", "not typical": "atypical" };

/**
 * Cells from left to right: class of the cell, and what is in it.
 * @type {[string, (study: Study, may: May) => Content][]}
 */
export const CELLS = [
  ["urgent", urgentCell],
  ["study", studyCell],
  ["examined", examinedCell],
  ["finding", findingCell],
  ["slices", slicesCell],
  ["volume", volumeCell],
  ["change", changeCell],
  ["state", stateCell],
  ["delete", deleteCell],
];

/**
 * @param {Study} study
 * @param {May} may
 * @returns {Content}
 */
function urgentCell(study, may) {
  if (!may.ask) return study.urgent ? [urgentSign()] : [];
  const said = t("page.list.urgent.of", { study: identity(study) });
  const look = { class: "sign urgent-mark", "aria-pressed": String(study.urgent) };
  return [button("urgent", "!", { ...look, "aria-label": said, title: t("page.list.urgent") })];
}

/** The mark for those who only look. */
function urgentSign() {
  const look = { class: "urgent-sign", title: t("page.list.urgent") };
  return element("span", look, element("span", { "aria-hidden": "true" }, "!"),
    element("span", { class: "spoken" }, t("page.list.urgent")));
}

/**
 * @param {Study} study
 * @returns {Content}
 */
function studyCell(study) {
  const link = element("a", { href: `/studies/${study.id}`, "data-does": "open" }, identity(study));
  const versions = replacedLines(study, "second replaced");
  return [link, second(identityDetail(study)), ...versions];
}

/**
 * @param {Study} study
 * @returns {Content}
 */
function examinedCell(study) {
  const date = study.study_date ? day(study.study_date) : none();
  return [element("span", { class: "day" }, date), second(study.accession ?? "")];
}

/**
 * What was found, or why nothing could be.
 * @param {Study} study
 * @returns {Content}
 */
function findingCell({ result, cause }) {
  if (!result) return [cause ? sentence(cause.text) : ""];
  const look = LOOKS[result.decision ?? ""] ?? "";
  const decision = element("span", { class: look }, decisionWord(result));
  if (result.probability !== null) {
    const figure = probability(result.probability);
    decision.append(" ", element("span", { class: "probability" }, figure));
  }
  return [decision, second(gateText(result), result.gate ? `gate-${result.gate}` : "")];
}

/**
 * @param {Study} study
 * @returns {Content}
 */
function slicesCell({ result }) {
  if (!result?.slices?.length) return [];
  const look = LOOKS[result.decision ?? ""] ?? "";
  return [element("div", { class: look && `${look}-strip` }, strip(result.slices))];
}

/**
 * @param {Study} study
 * @returns {Content}
 */
function volumeCell({ result }) {
  if (!result) return [];
  if (result.volume_ml === null) return [none("page.list.volume.unknown")];
  return [volume(result.volume_ml), second(intervalText(result))];
}

/**
 * @param {Study} study
 * @returns {Content}
 */
function changeCell({ result }) {
  if (!result) return [];
  return [changeText(result) || none("page.list.change.none"), second(sinceText(result))];
}

/**
 * @param {Study} study
 * @param {May} may
 * @returns {Content}
 */
function stateCell(study, may) {
  const line = element("span", { class: "state-line" });
  line.append(element("span", { class: "state-name" }, stateText(study)));
  if (may.ask && mayCancel(study)) line.append(does("cancel", "page.list.cancel", study));
  if (may.ask && mayRetry(study)) line.append(does("retry", "page.list.retry", study));
  if (study.state === "running") return [line, progress(study)];
  return [line, reviewed(study), openBy(study)];
}

/**
 * What became of a result, and when.
 * @param {Study} study
 */
function reviewed({ result, review }) {
  if (!result) return "";
  const look = review?.signed ? "signed" : review ? "unsigned" : "unread";
  const when = moment(review ? review.at : result.created_at);
  const said = element("span", { class: "review-name" }, reviewText(review));
  return element("span", { class: `second review review-${look}`, title: when }, said);
}

/**
 * Who has the study open: what one begins there may be done already.
 * @param {Study} study
 */
function openBy({ open_by: names }) {
  if (names.length === 0) return "";
  return second(t("page.list.open_by", { names: names.join(", ") }), "open-by");
}

/**
 * @param {Study} study
 * @param {May} may
 * @returns {Content}
 */
function deleteCell(study, may) {
  if (!may.delete) return [];
  const said = t("page.list.delete.of", { study: identity(study) });
  const bin = "M3 4h10M6 4V2.5h4V4M4.2 4l.6 9.5h6.4l.6-9.5M6.8 6.5v4.5M9.2 6.5v4.5";
  const line = { d: bin, fill: "none", stroke: "currentColor", "stroke-width": "1.3" };
  const box = { viewBox: "0 0 16 16", "aria-hidden": "true" };
  const sign = drawing("svg", box, drawing("path", line));
  const look = { class: "sign", "aria-label": said, title: t("page.list.delete") };
  return [button("delete", sign, look)];
}

/**
 * How many slices are done; a bar without a value while nothing is counted.
 * @param {Study} study
 */
function progress(study) {
  const counted = study.stage === "network" && study.total > 0;
  const bar = element("progress", {
    "aria-label": t("page.list.progress"),
    max: counted && study.total,
    value: counted && study.done,
  });
  const said = counted ? `${study.done}/${study.total}` : "";
  return element("span", { class: "progress" }, bar, element("output", {}, said));
}

/**
 * @param {string} text
 * @param {string} [look]
 */
function second(text, look = "") {
  return text ? element("span", { class: `second ${look}`.trim() }, text) : "";
}

/**
 * A dash, and what it stands for when it is read aloud.
 * @param {string} [code]
 */
function none(code = "page.list.unknown") {
  return element(
    "span",
    { class: "faint" },
    element("span", { "aria-hidden": "true" }, "–"),
    element("span", { class: "spoken" }, t(code)),
  );
}

/**
 * @param {string} action
 * @param {string} code
 * @param {Study} study
 */
function does(action, code, study) {
  const label = `${t(code)}: ${identity(study)}`;
  return button(action, t(code), { class: "plain", "aria-label": label });
}

/**
 * @param {string} action
 * @param {Node | string} content
 * @param {Record<string, string>} look
 */
function button(action, content, look) {
  return element("button", { type: "button", "data-does": action, ...look }, content);
}
