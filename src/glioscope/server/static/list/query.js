/** What the list is asked for: search, filters, order and page. */

export const PAGE_SIZE = 50;

/**
 * @typedef {object} Wanted
 * @property {string} search
 * @property {string} state
 * @property {string} decision
 * @property {string} gate
 * @property {string} review
 * @property {string} sort
 * @property {number} offset
 */

/** @type {Wanted} */
export const EVERYTHING = {
  search: "",
  state: "",
  decision: "",
  gate: "",
  review: "",
  sort: "urgency",
  offset: 0,
};

/**
 * The address of the page of the list; what is not asked for is left out.
 * @param {Wanted} wanted
 */
export function address(wanted) {
  const asked = new URLSearchParams({ limit: String(PAGE_SIZE) });
  for (const [name, value] of Object.entries(wanted)) {
    const text = String(value).trim();
    if (text && text !== "0") asked.set(name, text);
  }
  return `/studies?${asked}`;
}

/** @param {Wanted} wanted */
export function isFiltered(wanted) {
  const { search, state, decision, gate, review } = wanted;
  return Boolean(search.trim() || state || decision || gate || review);
}

/**
 * The page that holds something after studies went: never one behind the last.
 * @param {number} offset
 * @param {number} total
 */
export function withinPages(offset, total) {
  const last = Math.max(0, Math.ceil(total / PAGE_SIZE) - 1) * PAGE_SIZE;
  return Math.min(offset, last);
}

/**
 * What was kept of an earlier visit, whatever became of it since.
 * @param {string | null} kept
 * @returns {Wanted}
 */
export function restored(kept) {
  try {
    const found = JSON.parse(kept ?? "{}") ?? {};
    const alike = Object.entries(EVERYTHING).map(([name, usual]) => {
      return [name, typeof found[name] === typeof usual ? found[name] : usual];
    });
    return Object.fromEntries(alike);
  } catch {
    return { ...EVERYTHING };
  }
}
