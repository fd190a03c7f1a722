/** Signing in: a name, a password, and back to the page that was asked for. */

import { Problem, send } from "../api.js";
import { afterwards } from "./afterwards.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("login"));
const said = /** @type {HTMLElement} */ (document.getElementById("said"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.textContent = "";
  const given = new FormData(form);
  try {
    await send("POST", "/session", { name: given.get("name"), password: given.get("password") });
    location.replace(afterwards(location.search));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    said.textContent = error.detail;
    const password = /** @type {HTMLInputElement} */ (document.getElementById("password"));
    password.value = "";
    password.focus();
  }
});
