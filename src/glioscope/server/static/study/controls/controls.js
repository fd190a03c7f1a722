/** Controls that several parts of the page use. */

import { element } from "../../dom.js";
import { t } from "../../texts.js";

/**
 * A button with its key beside its name.
 * @param {string} name
 * @param {(event: Event) => void} press
 * @param {{key?: string, class?: string, title?: string}} [more]
 */
export function button(name, press, more = {}) {
  const { key = "", class: kind = "", title = "" } = more;
  const content = key ? [element("span", {}, name), element("kbd", {}, key)] : [name];
  const made = element("button", { type: "button", class: kind, title }, ...content);
  made.addEventListener("click", press);
  return made;
}

/**
 * A button that copies a text and says for a moment that it did.
 * @param {string} text
 */
export function copyButton(text) {
  const made = button(t("page.study.copy"), async () => {
    const done = await copied(text);
    made.textContent = t(done ? "page.study.copied" : "page.study.copy_failed");
    setTimeout(() => (made.textContent = t("page.study.copy")), 2000);
  });
  return made;
}

/** @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byHand(text);
  }
}

/**
 * The way that works where the page came without TLS.
 * @param {string} text
 */
function byHand(text) {
  const field = element("textarea", { class: "spoken", readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

/**
 * A part of the right side.
 * @param {string} title
 * @param {...(Node | string)} content
 */
export function section(title, ...content) {
  return element("section", {}, element("h2", {}, title), ...content);
}
