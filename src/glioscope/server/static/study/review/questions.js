/** What is asked before a review is given, signed or put in the place of a signed one. */

import { element } from "../../dom.js";
import { moment } from "../../format.js";
import { t } from "../../texts.js";
import { choose, confirmed } from "../controls/dialogs.js";
import { REASONS } from "./reasons.js";

/** @typedef {import("./requests.js").Review} Review */

/**
 * Why it is no tumour of this kind. No reason is chosen beforehand: one that was only passed over
 * would be counted.
 * @param {string} comment What was written already.
 * @returns {Promise<{reason: string, comment: string} | null>} Null when it was left.
 */
export async function askReason(comment) {
  const options = REASONS.map((code, place) => {
    const input = element("input", { type: "radio", name: "reason", value: code, required: true,
      autofocus: place === 0 });
    return element("label", { class: "option" }, input, t(`page.review.reason.${code}`));
  });
  const legend = element("legend", {}, t("page.review.reject.why"));
  const field = element("textarea", { rows: 2, maxlength: 4000 });
  field.value = comment;
  const label = element("label", { class: "field" }, t("page.review.comment"), field);
  const answer = await choose({
    title: t("page.review.reject.title"),
    content: [element("fieldset", { class: "options" }, legend, ...options), label],
    choices: [
      // The first button is the one that Enter presses.
      { value: "yes", name: t("page.review.reject"), kind: "main" },
      { value: "", name: t("page.correct.not_now") },
    ],
  });
  const chosen = options.map((option) => option.querySelector("input")).find((one) => one?.checked);
  return answer === "yes" && chosen ? { reason: chosen.value, comment: field.value } : null;
}

/** Signing locks. */
export function askSign() {
  const title = t("page.review.sign.title");
  return confirmed(title, t("page.review.sign.text"), t("page.review.sign"));
}

/**
 * A signed review keeps standing in the history when another takes its place.
 * @param {Review | null} own
 */
export async function askSupersede(own) {
  if (!own?.signed_at) return true;
  const text = t("page.review.supersede.text", { time: moment(own.signed_at) });
  return confirmed(t("page.review.supersede.title"), text, t("page.review.supersede"));
}
