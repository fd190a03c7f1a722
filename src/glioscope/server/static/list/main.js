/** The work list, put together. */

import { Problem } from "../api.js";
import { byId } from "../dom.js";
import { t } from "../texts.js";
import { confirmed, isOpen, showKeys } from "./dialogs.js";
import { takeFiles } from "./upload/drop.js";
import { ask, showHealth, watchHealth } from "./health.js";
import { commandOf, isTyping } from "./keys.js";
import { List } from "./list.js";
import { listen } from "./live.js";
import { PAGE_SIZE } from "./query.js";
import { description } from "./studies.js";
import { handIn } from "./upload/uploads.js";

/** @typedef {import("./studies.js").Study} Study */

const TYPING_MS = 250;

/** @type {string[]} */
let unsaid = [];

/** @param {string} text Read aloud together with what else comes in the same moment. */
function announce(text) {
  unsaid.push(text);
  setTimeout(() => {
    if (unsaid.length > 0) byId("said").textContent = unsaid.join(". ");
    unsaid = [];
  }, 200);
}

/** @param {unknown} error */
function complain(error) {
  if (!(error instanceof Problem)) throw error;
  const place = byId("problem");
  place.children[0].textContent = error.detail;
  place.hidden = false;
}

const list = new List(announce, complain);

/** @type {Record<string, (study: Study) => Promise<void> | void>} */
const DEEDS = {
  open: ({ id }) => location.assign(`/studies/${id}`),
  urgent: ({ id, urgent }) => list.act("PUT", `/studies/${id}/priority`, { urgent: !urgent }),
  cancel: ({ id }) => list.act("POST", `/studies/${id}/cancel`),
  retry: ({ id }) => list.act("POST", `/studies/${id}/retry`),
  delete: async (study) => {
    if (await confirmed(description(study))) await list.delete(study.id);
  },
};

const filters = /** @type {HTMLFormElement} */ (byId("filters"));
const search = /** @type {HTMLInputElement} */ (filters.elements.namedItem("search"));
let typing = 0;

function showWanted() {
  for (const [name, value] of Object.entries(list.wanted)) {
    const field = filters.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
      field.value = String(value);
    }
  }
}

function want() {
  clearTimeout(typing);
  void list.want(Object.fromEntries([...new FormData(filters)].map(([n, v]) => [n, String(v)])));
}

/** @type {Record<import("./keys.js").Command, (event: KeyboardEvent) => unknown>} */
const COMMANDS = {
  search: () => search.select(),
  help: showKeys,
  next: () => list.table.move(1),
  previous: () => list.table.move(-1),
  urgent: () => list.may.ask && withCurrent("urgent"),
  delete: () => list.may.delete && withCurrent("delete"),
  leave: () => {},
};

/** @param {string} deed */
function withCurrent(deed) {
  const line = list.table.current();
  if (line) void DEEDS[deed](line.study);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const command = commandOf(event);
  if (!command || isOpen() || event.defaultPrevented) return;
  if (isTyping(event.target)) {
    // From the search straight to what it found.
    const leaves = command === "leave" || (command === "next" && event.target === search);
    if (leaves) list.table.focus(list.table.current());
    return;
  }
  if (command === "leave") return;
  event.preventDefault();
  COMMANDS[command](event);
}

const rows = list.table.body;
rows.addEventListener("click", (event) => {
  const deed = event.target instanceof Element && event.target.closest("button")?.dataset.does;
  const line = list.table.lineOf(event.target);
  if (deed && line) void DEEDS[deed](line.study);
});
rows.addEventListener("dblclick", (event) => {
  const line = list.table.lineOf(event.target);
  const onControl = event.target instanceof Element && event.target.closest("a, button");
  if (line && !onControl) void DEEDS.open(line.study);
});
document.addEventListener("keydown", onKey);

search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = window.setTimeout(want, TYPING_MS);
});
filters.addEventListener("change", want);
filters.addEventListener("submit", (event) => {
  event.preventDefault();
  want();
});
byId("clear").addEventListener("click", () => {
  void list.clear();
  showWanted();
  search.focus();
});
byId("previous").addEventListener("click", () => turn(-PAGE_SIZE));
byId("next").addEventListener("click", () => turn(PAGE_SIZE));
byId("ask").addEventListener("click", showKeys);
byId("problem").querySelector("button")?.addEventListener("click", () => {
  byId("problem").hidden = true;
});

/** @param {number} by */
async function turn(by) {
  await list.want({ offset: Math.max(0, list.wanted.offset + by) });
  list.table.focus(list.table.first());
}

/** @param {import("./upload/entries.js").Picked[]} picked */
function take(picked) {
  const [urgent, without] = ["urgent", "without"].map((id) => {
    return /** @type {HTMLInputElement} */ (byId(id));
  });
  if (picked.length === 0) announce(t("page.upload.none"));
  else handIn(picked, { urgent: urgent.checked, model: !without.checked }, announce);
  urgent.checked = false;
}

if (list.may.ask) takeFiles(take);
showWanted();
void list.load();
watchHealth();
listen({
  changed: (ids) => void list.changed(ids),
  here: () => {
    void ask();
    void list.load();
  },
  away: () => showHealth("away"),
});
