/** The page of reading lists, put together. */

import { get, Problem, send } from "../api.js";
import { answerOf, byId, element } from "../dom.js";
import { t } from "../texts.js";
import { card } from "./cards.js";
import { sorted } from "./lists.js";
import { Making } from "./making.js";

/** @typedef {import("./lists.js").ReadingList} ReadingList */

const page = byId("reviews");
const who = { me: page.dataset.me ?? "", admin: page.dataset.admin !== undefined };
const ACTS = {
  close: { title: "page.reviews.close.title", what: "page.reviews.close.what",
    yes: "page.reviews.close", said: "page.reviews.closed" },
  delete: { title: "page.reviews.delete.title", what: "page.reviews.delete.what",
    yes: "page.reviews.delete", said: "page.reviews.deleted" },
};

async function load() {
  try {
    const { lists } = await get("/lists");
    show(lists);
  } catch (error) {
    complain(error);
  }
  page.removeAttribute("aria-busy");
}

/** @param {ReadingList[]} lists */
function show(lists) {
  const cards = sorted(lists, who.me).map((one) => card(one, who, act));
  byId("lists").replaceChildren(...(cards.length > 0 ? cards : [nothing()]));
}

function nothing() {
  const next = t(who.admin ? "page.reviews.none.admin" : "page.reviews.none.reader");
  const title = element("h2", {}, t("page.reviews.none"));
  return element("section", { id: "nothing" }, title, element("p", { class: "faint" }, next));
}

/**
 * @param {keyof typeof ACTS} deed
 * @param {ReadingList} list
 */
async function act(deed, list) {
  if (!(await confirmed(deed, list))) return;
  try {
    if (deed === "close") await send("POST", `/lists/${list.id}/close`);
    else await send("DELETE", `/lists/${list.id}`);
    byId("said").textContent = t(ACTS[deed].said);
  } catch (error) {
    complain(error);
  }
  await load();
}

/**
 * @param {keyof typeof ACTS} deed
 * @param {ReadingList} list
 * @returns {Promise<boolean>}
 */
async function confirmed(deed, { name }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
  const { title, what, yes } = ACTS[deed];
  byId("confirm-title").textContent = t(title, { name });
  byId("confirm-what").textContent = t(what);
  byId("confirm-yes").textContent = t(yes);
  dialog.showModal();
  return (await answerOf(dialog)) === "yes";
}

/** @param {unknown} error */
function complain(error) {
  if (!(error instanceof Problem)) throw error;
  const place = byId("problem");
  place.children[0].textContent = error.detail;
  place.hidden = false;
}

byId("problem").querySelector("button")?.addEventListener("click", () => {
  byId("problem").hidden = true;
});
if (who.admin) new Making(() => void load());
// A study was read meanwhile: this page is gone back to.
window.addEventListener("pageshow", (event) => event.persisted && void load());
void load();
