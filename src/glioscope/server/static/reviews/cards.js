/** One reading list on the page: who reads it, how far they are, and what may be done with it. */

import { element } from "../dom.js";
import { moment } from "../format.js";
import { t } from "../texts.js";
import { agreement } from "./agreement.js";
import { inOrder, nextUnread, placeOf, readBy, seenReaders } from "./lists.js";

/** @typedef {import("./lists.js").ReadingList} ReadingList */

/**
 * @typedef {object} Reader Who looks at the page.
 * @property {string} me
 * @property {boolean} admin
 */

/**
 * @param {ReadingList} list
 * @param {Reader} who
 * @param {(deed: "close" | "delete", list: ReadingList) => void} act
 */
export function card(list, who, act) {
  const title = element("h2", { id: `list-${list.id}` }, list.name);
  const closed = list.closed_at !== null;
  const made = element("article", { class: closed ? "list closed" : "list" });
  made.setAttribute("aria-labelledby", title.id);
  const head = element("div", { class: "title" }, title, choices(list, who, act));
  const facts = element("p", { class: "faint small" }, factsOf(list));
  made.append(head, facts, progress(list, who.me), studies(list));
  if (who.admin || closed) made.append(agreement(list));
  return made;
}

/** @param {ReadingList} list */
function factsOf(list) {
  const { created_at: made, closed_at: closed, model_shown: shown, readers } = list;
  const state = closed === null
    ? t("page.reviews.open_since", { when: moment(made) })
    : t("page.reviews.closed_at", { when: moment(closed) });
  const names = t("page.reviews.read_by", { names: readers.join(", ") });
  const model = t("page.reviews.model.is", { when: t(`page.reviews.model.${shown}`) });
  return [state, names, model].join(" · ");
}

/**
 * @param {ReadingList} list
 * @param {Reader} who
 * @param {(deed: "close" | "delete", list: ReadingList) => void} act
 */
function choices(list, { me, admin }, act) {
  const place = element("div", { class: "choices" });
  const open = list.closed_at === null;
  if (open && list.readers.includes(me)) place.append(begin(list, me));
  if (admin && open) place.append(button("page.reviews.close", list, () => act("close", list)));
  if (admin) place.append(button("page.reviews.delete", list, () => act("delete", list)));
  return place;
}

/**
 * @param {ReadingList} list
 * @param {string} me
 */
function begin(list, me) {
  const next = nextUnread(list, me);
  if (!next) return element("span", { class: "all-read" }, t("page.reviews.all_read"));
  const said = t("page.reviews.next", { name: next.name });
  return element("a", { class: "button main", href: placeOf(next.id, list) }, said);
}

/**
 * @param {string} code
 * @param {ReadingList} list
 * @param {() => void} press
 */
function button(code, list, press) {
  const label = `${t(code)}: ${list.name}`;
  const made = element("button", { type: "button", "aria-label": label }, t(code));
  made.addEventListener("click", press);
  return made;
}

/**
 * @param {ReadingList} list
 * @param {string} me
 */
function progress(list, me) {
  const total = list.studies.length;
  const rows = seenReaders(list, me).map((reader) => {
    const done = readBy(list, reader);
    const label = t("page.reviews.progress", { reader });
    const bar = element("progress", { "aria-label": label, max: Math.max(1, total), value: done });
    const count = t("page.reviews.count", { done, total });
    return element("li", {}, element("span", {}, reader), bar, element("span", {}, count));
  });
  return element("ul", { class: "progress" }, ...rows);
}

/** @param {ReadingList} list */
function studies(list) {
  const rows = inOrder(list).map((one, at) => {
    const link = element("a", { href: placeOf(one.id, list) }, one.name);
    const read = one.read_by.length > 0 ? `✓ ${one.read_by.join(", ")}` : t("page.reviews.unread");
    return element("tr", {}, element("td", {}, String(at + 1)),
      element("th", { scope: "row" }, link), element("td", {}, read));
  });
  const titles = ["page.reviews.number", "page.list.study", "page.reviews.handed_in"].map((code) =>
    element("th", { scope: "col" }, t(code)),
  );
  const summary = element("summary", {}, t("page.reviews.studies", { count: rows.length }));
  return element("details", {}, summary,
    element("table", {}, element("thead", {}, element("tr", {}, ...titles)),
      element("tbody", {}, ...rows)));
}
