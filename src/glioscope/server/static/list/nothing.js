/** What stands in place of the list when it has no line: why, and what to do. */

import { byId, element } from "../dom.js";
import { t } from "../texts.js";

/** @typedef {"loading" | "away" | "empty" | "none yet" | "unfound"} Why */

/** @type {Record<Why, [string, string]>} */
const SAID = {
  loading: ["page.nothing.loading", ""],
  away: ["page.nothing.away", "page.nothing.away.next"],
  empty: ["page.nothing.empty", "page.nothing.empty.next"],
  "none yet": ["page.nothing.empty", "page.nothing.empty.viewer"],
  unfound: ["page.nothing.unfound", "page.nothing.unfound.next"],
};

/**
 * Says why there is nothing to see; null shows the list.
 * @param {Why | null} why
 */
export function showNothing(why) {
  const place = byId("nothing");
  byId("studies").hidden = why !== null;
  place.hidden = why === null;
  if (why === null || place.dataset.why === why) return;
  place.dataset.why = why;
  const [title, next] = SAID[why];
  place.replaceChildren(
    element("h2", {}, t(title)),
    element("p", { class: "faint" }, next && t(next)),
  );
}
