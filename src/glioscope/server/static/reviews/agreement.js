/** How far the readers of a list, and the model, agree: a table, and the same as CSV. */

import { get, Problem } from "../api.js";
import { element } from "../dom.js";
import { decimal, signed } from "../format.js";
import { t } from "../texts.js";
import { csv } from "./csv.js";

/** @typedef {import("./lists.js").ReadingList} ReadingList */

/** @typedef {{who: string, version: string | null}} Side */

/**
 * @typedef {object} Figures
 * @property {number | null} dice
 * @property {number | null} kappa
 * @property {number | null} volume_difference_ml
 */

/** @typedef {Figures & {a: Side, b: Side}} Pair */
/** @typedef {Figures & {a: string, b: string, studies: number}} Median */
/** @typedef {{studies: {id: string, pairs: Pair[]}[], medians: Median[]}} Found */

const HEADS = [
  "page.list.study", "page.reviews.pair", "page.reviews.dice", "page.reviews.kappa",
  "page.reviews.volume_difference", "page.reviews.where",
];

/**
 * The part of a list that tells of agreement; it is asked for when somebody opens it.
 * @param {ReadingList} list
 */
export function agreement(list) {
  const place = element("div", { class: "agreement" });
  const summary = element("summary", {}, t("page.reviews.agreement"));
  const made = element("details", {}, summary, place);
  made.addEventListener("toggle", async () => {
    if (!made.open || place.childElementCount > 0) return;
    place.replaceChildren(element("progress", { "aria-label": t("page.reviews.comparing") }));
    place.replaceChildren(...(await shown(list)));
  });
  return made;
}

/**
 * @param {ReadingList} list
 * @returns {Promise<Node[]>}
 */
async function shown(list) {
  try {
    /** @type {Found} */
    const found = await get(`/lists/${list.id}/agreement`);
    const none = !found.studies.some(({ pairs }) => pairs.length > 0);
    if (none) return [element("p", {}, t("page.reviews.nothing_to_compare"))];
    return [element("div", { class: "wide", tabindex: 0 }, table(list, found)), save(list, found)];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [element("p", { role: "alert" }, error.detail)];
  }
}

/**
 * @param {ReadingList} list
 * @param {Found} found
 */
function table(list, { studies, medians }) {
  const heads = HEADS.map((code) => element("th", { scope: "col" }, t(code)));
  const rows = studies.flatMap((study) => study.pairs.map((pair, at) => {
    const called = nameIn(list, study.id);
    const name = element("th", { scope: "row" }, called);
    if (at > 0) name.classList.add("again");
    const both = new URLSearchParams({ list: list.id, between: pair.a.who, and: pair.b.who });
    const link = element("a", { href: `/studies/${study.id}?${both}` }, t("page.reviews.look"));
    link.setAttribute("aria-label", `${t("page.reviews.look")}: ${called}, ${pairText(pair)}`);
    return element("tr", {}, name, element("td", {}, pairText(pair)), ...figures(pair),
      element("td", {}, link));
  }));
  const last = medians.map((one) => {
    const pair = { a: { who: one.a }, b: { who: one.b } };
    const count = t("page.reviews.medians", { count: one.studies });
    return element("tr", {}, element("th", { scope: "row" }, count),
      element("td", {}, pairText(pair)), ...figures(one), element("td"));
  });
  return element("table", {}, element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows), element("tfoot", {}, ...last));
}

/**
 * @param {ReadingList} list
 * @param {string} study
 */
function nameIn(list, study) {
  return list.studies.find(({ id }) => id === study)?.name ?? study;
}

/** @param {{a: {who: string}, b: {who: string}}} pair */
function pairText({ a, b }) {
  return [a.who, b.who].map(nameOf).join(" – ");
}

/** @param {string} who */
function nameOf(who) {
  return who === "model" ? t("page.reviews.the_model") : who;
}

/** @param {Figures} found */
function figures({ dice, kappa, volume_difference_ml: ml }) {
  const texts = [shareText(dice), shareText(kappa), ml === null ? "–" : signed(ml, 1)];
  return texts.map((text) => element("td", { class: "figure" }, text));
}

/** @param {number | null} share */
function shareText(share) {
  return share === null ? "–" : decimal(share, 3);
}

/**
 * @param {ReadingList} list
 * @param {Found} found
 */
function save(list, found) {
  const rows = found.studies.flatMap(({ id, pairs }) =>
    pairs.map((one) => [
      nameIn(list, id), one.a.who, one.b.who, one.dice, one.kappa, one.volume_difference_ml,
    ]),
  );
  const head = ["study", "a", "b", "dice", "kappa", "volume_difference_ml"];
  const made = element("button", { type: "button" }, t("page.reviews.csv"));
  made.addEventListener("click", () => {
    const file = new Blob([csv([head, ...rows])], { type: "text/csv" });
    const address = URL.createObjectURL(file);
    element("a", { href: address, download: `agreement-${list.id.slice(0, 8)}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  });
  return made;
}
