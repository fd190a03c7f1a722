/** The comment of a review, kept in this tab until the server has it. */

import { element } from "../../dom.js";
import { t } from "../../texts.js";

export class Comment {
  #key;

  /** @param {string} key Of a person, a study and a list. */
  constructor(key) {
    this.#key = `comment ${key}`;
    this.field = element("textarea", { rows: 3, maxlength: 4000, id: "comment" });
    this.field.value = sessionStorage.getItem(this.#key) ?? "";
    this.field.addEventListener("input", () => {
      sessionStorage.setItem(this.#key, this.field.value);
    });
    // Back to the picture and its keys.
    this.field.addEventListener("keydown", ({ key: pressed }) => {
      if (pressed === "Escape") this.field.blur();
    });
    this.element = element("label", { class: "field" }, t("page.review.comment"), this.field);
  }

  get text() {
    return this.field.value;
  }

  set text(text) {
    this.field.value = text;
    sessionStorage.setItem(this.#key, text);
  }

  /**
   * Shows what the server has, unless something newer was written.
   * @param {string} text
   */
  show(text) {
    if (sessionStorage.getItem(this.#key) === null) this.field.value = text;
  }

  /** The server has it. */
  sent() {
    sessionStorage.removeItem(this.#key);
  }
}
