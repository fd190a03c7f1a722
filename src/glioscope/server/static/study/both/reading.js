/** In the head of a study that is read for a list: which list, how far one is, what comes next. */

import { get, Problem } from "../../api.js";
import { element } from "../../dom.js";
import { nextUnread, placeOf, readBy } from "../../reviews/lists.js";
import { t } from "../../texts.js";

/** @typedef {import("../../reviews/lists.js").ReadingList} ReadingList */

/**
 * The line, and whether the study is handed in for the list.
 * @param {string} id Of the list.
 * @param {string} me
 * @param {string} study The one that is open.
 */
export async function readingLine(id, me, study) {
  try {
    return lineOf(await get(`/lists/${id}`), me, study);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const line = element("p", { class: "reading", role: "alert" }, problem.detail);
    return { line, read: false };
  }
}

/**
 * @param {ReadingList} list
 * @param {string} me
 * @param {string} study
 */
function lineOf(list, me, study) {
  const values = { name: list.name, done: readBy(list, me), total: list.studies.length };
  const lists = element("a", { href: "/reviews" }, t("page.both.reading", values));
  const line = element("p", { class: "reading" }, lists);
  const next = nextUnread(list, me);
  const read = list.studies.find((one) => one.id === study)?.read_by.includes(me) ?? false;
  if (read && next && list.readers.includes(me) && list.closed_at === null) {
    const said = t("page.both.next", { name: next.name });
    line.append(element("a", { class: "button main", href: placeOf(next.id, list) }, said));
  }
  return { line, read };
}
