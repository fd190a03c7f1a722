/** A new reading list: its name, who reads, and which studies. */

import { get, Problem, send } from "../api.js";
import { byId, element } from "../dom.js";
import { description } from "../list/studies.js";
import { t } from "../texts.js";
import { namesIn } from "./lists.js";

/** @typedef {import("../list/studies.js").Study} Study */

const TYPING_MS = 250;
const MOST = 200;

export class Making {
  /** @type {Set<string>} Ids of chosen studies, in the order in which they were chosen. */
  #chosen = new Set();
  #timer = 0;

  /** @param {() => void} made Called once there is a new list. */
  constructor(made) {
    this.made = made;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("making"));
    this.form = /** @type {HTMLFormElement} */ (byId("new-list"));
    this.place = byId("choose");
    byId("make").addEventListener("click", () => this.#open());
    byId("leave").addEventListener("click", () => this.dialog.close());
    byId("all").addEventListener("click", () => this.#chooseAll());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save();
    });
    for (const name of ["search", "state"]) {
      this.#field(name).addEventListener("input", () => {
        clearTimeout(this.#timer);
        this.#timer = window.setTimeout(() => void this.#find(), TYPING_MS);
      });
    }
    this.place.addEventListener("change", (event) => {
      const box = /** @type {HTMLInputElement} */ (event.target);
      this.#choose(box);
      this.#count();
    });
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
  }

  #open() {
    this.form.reset();
    this.#chosen.clear();
    this.#count();
    byId("wrong").textContent = "";
    this.dialog.showModal();
    void this.#find();
  }

  async #find() {
    const asked = new URLSearchParams({ limit: String(MOST), sort: "received" });
    for (const name of ["search", "state"]) {
      const value = this.#field(name).value.trim();
      if (value) asked.set(name, value);
    }
    try {
      const { studies } = await get(`/studies?${asked}`);
      this.place.replaceChildren(...studies.map((/** @type {Study} */ one) => this.#line(one)));
    } catch (error) {
      this.#complain(error);
    }
  }

  /** @param {Study} study */
  #line(study) {
    const box = element("input", { type: "checkbox", value: study.id });
    box.checked = this.#chosen.has(study.id);
    return element("li", {}, element("label", { class: "tick" }, box, description(study)));
  }

  #chooseAll() {
    for (const box of this.place.querySelectorAll("input")) {
      box.checked = true;
      this.#choose(box);
    }
    this.#count();
  }

  /** @param {HTMLInputElement} box */
  #choose(box) {
    if (box.checked) this.#chosen.add(box.value);
    else this.#chosen.delete(box.value);
  }

  #count() {
    byId("chosen").textContent = t("page.reviews.chosen", { count: this.#chosen.size });
  }

  async #save() {
    if (this.#chosen.size === 0) {
      byId("wrong").textContent = t("page.reviews.choose_some");
      return;
    }
    const body = {
      name: this.#field("name").value.trim(),
      readers: namesIn(this.#field("readers").value),
      model_shown: this.#field("model_shown").value,
      studies: [...this.#chosen],
    };
    try {
      await send("POST", "/lists", body);
      this.dialog.close();
      this.made();
    } catch (error) {
      this.#complain(error);
    }
  }

  /** @param {unknown} error */
  #complain(error) {
    if (!(error instanceof Problem)) throw error;
    byId("wrong").textContent = error.detail;
  }
}
