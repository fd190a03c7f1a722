/** What is said, and offered, when the server does not take something. */

import { element } from "../../dom.js";
import { loginFor } from "../../login/afterwards.js";
import { t } from "../../texts.js";

/** @typedef {import("../../api.js").Problem} Problem */

const OWN = [0, 401, 409, 413, 422];

/**
 * What happened and what to do; the server's own words where it knows better.
 * @param {Partial<Problem>} problem
 */
export function faultText({ status = -1, detail = "" }) {
  const said = OWN.includes(status) ? t(`page.fault.${status}`) : "";
  // A conflict or a refusal has a cause that only the server knows.
  return [status === 0 || status === 401 ? "" : detail, said].filter(Boolean).join(" ")
    || t("page.fault.other");
}

/**
 * The same as an element, with the way to sign in where that is what is missing.
 * @param {Partial<Problem>} problem
 */
export function faultLine(problem) {
  const line = element("p", { class: "fault", role: "alert" }, faultText(problem));
  if (problem.status !== 401) return line;
  const address = loginFor(location);
  line.append(" ", element("a", { href: address, class: "button" }, t("page.fault.sign_in")));
  return line;
}
