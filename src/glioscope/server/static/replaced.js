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
  if (following) lines.push(line("page.replaced.by", following, look));
  if (replaces) lines.push(line("page.replaced.earlier", replaces, look));
  return lines;
}

/** @param {string} code @param {string} id @param {string} look */
function line(code, id, look) {
  const link = element("a", { href: `/studies/${id}` }, t(`${code}.link`));
  return element("span", { class: look }, `${t(code)}: `, link);
}
