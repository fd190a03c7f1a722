/** One's own password, and signing out everywhere. */

import { Problem, send } from "../api.js";
import { byId } from "../dom.js";
import { t } from "../texts.js";

const said = byId("said");

/** @param {() => Promise<void>} doing */
async function tried(doing) {
  said.textContent = "";
  try {
    await doing();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    said.textContent = error.detail;
  }
}

document.getElementById("password")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const given = new FormData(form);
  void tried(async () => {
    const body = { old: given.get("old"), new: given.get("new") };
    await send("PUT", "/session/password", body);
    form.reset();
    said.textContent = t("page.account.changed");
  });
});

document.getElementById("everywhere")?.addEventListener("click", () => {
  void tried(async () => {
    const { next } = await send("DELETE", "/session?everywhere=true");
    location.assign(next);
  });
});
