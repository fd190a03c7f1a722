/** What a study has to do with itself before and after more of its pictures came. */

import { element } from "./dom.js";
import { t } from "./texts.js";

/**
 * Links to the newer and to the earlier result, for those studies that have them.
 * @param {{ replaces: string | null, replaced_by: string | null }} study
 * @param {string} look Class of each line.
 * @returns {HTMLElement[]}
 */
export function replacedLines({ replaces, replaced_by: following }, look) {
  const lines = [];
  if (following) {
    lines.push(line(t("page.replaced.by"), t("page.replaced.by.link"), following, look));
  }
  if (replaces) {
    lines.push(line(t("page.replaced.earlier"), t("page.replaced.earlier.link"), replaces, look));
  }
  return lines;
}

/** @param {string} said @param {string} link @param {string} id @param {string} look */
function line(said, link, id, look) {
  return element("span", { class: look }, `${said}: `,
    element("a", { href: `/studies/${id}` }, link));
}
