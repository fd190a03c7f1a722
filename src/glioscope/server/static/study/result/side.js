/** The right side: findings, possible misses, quality, agreement, conclusion. */

import { element } from "../../dom.js";
import { decimal, probability } from "../../format.js";
import { language, t } from "../../texts.js";
import { button, copyButton, section } from "../controls/controls.js";
import { diametersText, slicesText, volumeText } from "./wording.js";

/** @typedef {import("../source.js").Result} Result */
/** @typedef {import("./wording.js").Finding} Finding */
/** @typedef {(slice: number) => void} Go */

const REASONS = ["gap", "neighbour", "blob", "just_under", "quality"];

/**
 * @param {Result} result
 * @param {HTMLElement} slider
 * @param {HTMLElement[]} reviewing
 * @param {Go} go
 */
export function side(result, slider, reviewing, go) {
  const answer = result.hidden
    ? []
    : [findings(result, go), misses(result, go), slider, conclusion(result), quality(result)];
  const [first, ...others] = answer;
  const parts = first ? [first, ...reviewing, ...others] : reviewing;
  return element("aside", { class: "side", "aria-label": t("page.study.findings") }, ...parts);
}

/**
 * @param {Result} result
 * @param {Go} go
 */
function findings({ analysis, facts }, go) {
  /** @type {Finding[]} */
  const lesions = analysis.findings.filter((/** @type {Finding} */ one) => !one.speck);
  const rows = lesions.map((one) => finding(one, facts.slice_names, go));
  /** @type {HTMLElement[]} */
  const content = rows.length > 0 ? rows : [element("p", {}, t("page.study.no_findings"))];
  if (analysis.specks > 0) {
    const said = t("page.study.specks", { count: analysis.specks });
    content.push(element("p", { class: "faint small" }, said));
  }
  if (analysis.bounds) content.push(boundsLine(analysis.bounds));
  const agreement = agreementLine(analysis);
  if (agreement) content.push(agreement);
  return section(t("page.study.findings"), ...content);
}

/**
 * @param {Finding} one
 * @param {string[]} names
 * @param {Go} go
 */
export function finding(one, names, go) {
  const row = button("", () => go(one.diameter_slice), { class: "row" });
  const where = one.side ? ` · ${t(`page.study.side.${one.side}`)}` : "";
  const slices = slicesText(names, one.first_slice, one.last_slice);
  row.append(
    element("strong", {}, t("page.study.finding", { number: one.label }) + where),
    element("span", {}, diametersText(one)),
    element("span", {}, volumeText(one.volume_ml, one.voxels, one.intervals?.volume)),
    element("span", { class: "faint" }, t("page.study.on_slices", { slices })),
  );
  return row;
}

/**
 * Sizes of the sure and the possible region, and, unfolded, what they promise.
 * @param {any} bounds
 */
function boundsLine({ rate, ...sizes }) {
  const said = t("page.study.bounds", {
    sure: volumeText(sizes.sure_ml, sizes.sure_voxels),
    possible: volumeText(sizes.possible_ml, sizes.possible_voxels),
  });
  const promise = t("page.study.bounds.promise", { share: decimal(100 * rate, 0) });
  return element("details", { class: "small", id: "bounds" },
    element("summary", {}, said), element("p", { class: "faint" }, promise));
}

/** @param {any} analysis */
function agreementLine({ expected_dice: dice, review }) {
  if (dice === null && !review) return null;
  const code = dice === null ? "empty" : review ? "doubtful" : "good";
  const kind = code === "good" ? "agreement" : "agreement warned";
  return element("p", { class: kind }, t(`page.study.agreement.${code}`));
}

/**
 * @param {Result} result
 * @param {Go} go
 */
function misses({ analysis, facts }, go) {
  const rows = analysis.possible_misses.map((/** @type {any} */ miss) => {
    const row = button("", () => go(miss.index), { class: "row miss" });
    const name = t("page.study.slice", { name: facts.slice_names[miss.index] });
    row.append(
      element("strong", {}, `${name} · ${probability(miss.probability)}`),
      element("span", {}, reason(miss)),
    );
    return row;
  });
  const none = element("p", { class: "faint" }, t("page.study.no_misses"));
  return section(t("page.study.misses"), ...(rows.length > 0 ? rows : [none]));
}

/** @param {{reason_code: string, reason: string}} miss */
function reason({ reason_code: code, reason: said }) {
  const name = code.replace("miss.", "");
  return REASONS.includes(name) ? t(`page.study.miss.${name}`) : said;
}

/** @param {Result} result */
function quality({ analysis, facts }) {
  const said = facts.said?.[language()]?.notices ?? analysis.warnings;
  const verdict = analysis.quality?.verdict ?? null;
  const code = verdict && `page.study.quality.${verdict.replaceAll(" ", "_")}`;
  /** @type {HTMLElement[]} */
  const content = [];
  if (code) content.push(element("p", { class: "verdict", "data-verdict": verdict }, t(code)));
  if (said.length > 0) {
    const lines = said.map((/** @type {string} */ line) => element("li", {}, line));
    content.push(element("ul", { class: "notices" }, ...lines));
  }
  else content.push(element("p", { class: "faint small" }, t("page.study.no_notices")));
  return section(t("page.study.quality"), ...content);
}

/** @param {Result} result */
function conclusion({ analysis, facts }) {
  const text = facts.said?.[language()]?.conclusion ?? analysis.conclusion.text;
  const title = t("page.study.conclusion");
  return section(title, element("p", { class: "conclusion" }, text), copyButton(text));
}
