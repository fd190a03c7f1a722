/** What stands round every page: its language and its theme, kept in cookies for a year. */

import { send } from "./api.js";

/** @type {Record<string, string>} */
const MEDIA = {
  auto: "screen and (prefers-color-scheme: dark)", light: "not all", dark: "screen",
};

/**
 * @param {string} name
 * @param {string} value
 */
function keep(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; SameSite=Strict`;
}

/** A language in the address holds for what follows, too: the API knows it by the cookie. */
function keepLanguageOfAddress() {
  const address = new URL(location.href);
  if (!address.searchParams.has("lang")) return;
  keep("lang", document.documentElement.lang);
  address.searchParams.delete("lang");
  history.replaceState(history.state, "", address);
}

/** @param {Event} event */
function speak(event) {
  const link = /** @type {HTMLElement} */ (event.currentTarget);
  event.preventDefault();
  keep("lang", link.dataset.lang ?? "en");
  location.reload();
}

async function signOut() {
  const { next } = await send("DELETE", "/session");
  location.assign(next);
}

/** @param {Event} event */
function dress(event) {
  const chosen = /** @type {HTMLSelectElement} */ (event.target).value;
  keep("theme", chosen);
  document.documentElement.dataset.theme = chosen;
  const link = /** @type {HTMLLinkElement} */ (document.getElementById("dark"));
  link.media = MEDIA[chosen];
}

keepLanguageOfAddress();
for (const link of document.querySelectorAll("[data-lang]")) link.addEventListener("click", speak);
document.getElementById("theme")?.addEventListener("change", dress);
document.getElementById("sign-out")?.addEventListener("click", signOut);
