/** Prior examinations of the patient: their list on the left, and one of them side by side. */

import { get, Problem } from "../../api.js";
import { element } from "../../dom.js";
import { day, volume } from "../../format.js";
import { t } from "../../texts.js";
import { button, section } from "../controls/controls.js";
import { Desk } from "../desk.js";
import { getStudy, getVolume } from "../source.js";
import { FlatView } from "../view/flat.js";
import { fetchesVolumes, picturesOf } from "../view/views.js";
import { changeSection } from "./change.js";
import { matcher } from "./positions.js";
import { PriorScreen } from "./prior_screen.js";

/** @typedef {import("../source.js").Result} Result */
/** @typedef {import("../view/screen.js").Screen} Screen */

/**
 * @typedef {object} Prior
 * @property {string} id
 * @property {string | null} study_date
 * @property {string} name
 * @property {number | null} volume_ml
 */

export class Priors {
  /** @type {Map<string, HTMLElement>} Buttons by study. */
  #buttons = new Map();
  /** @type {Prior | null} */
  #shown = null;

  /**
   * @param {Result} result
   * @param {Screen} screen
   */
  constructor(result, screen) {
    this.result = result;
    this.screen = screen;
    this.picture = new PriorScreen(screen);
    this.change = element("div", { class: "since" });
    this.said = element("p", { class: "small", role: "status" });
    this.list = section(t("page.prior.title"), this.said);
    this.list.classList.add("priors");
    this.list.hidden = true;
  }

  /**
   * Puts itself on the page, and asks for what there is.
   * @param {HTMLElement} page
   */
  async attach(page) {
    const both = element("div", { class: "pictures" });
    this.screen.element.replaceWith(both);
    both.append(this.screen.element);
    page.querySelector(".tools")?.append(this.list);
    page.querySelector(".side")?.prepend(this.change);
    try {
      /** @type {{priors: Prior[]}} */
      const { priors } = await get(`/studies/${this.result.study.id}/priors`);
      this.list.hidden = priors.length === 0;
      for (const prior of priors) this.said.before(this.#entry(prior));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.list.hidden = false;
      this.said.textContent = problem.detail;
    }
  }

  /** @param {Prior} prior */
  #entry(prior) {
    const ml = prior.volume_ml === null ? "" : volume(prior.volume_ml);
    const made = button(dayOf(prior), () => void this.toggle(prior));
    made.append(element("span", { class: "faint" }, ml));
    made.setAttribute("aria-pressed", "false");
    this.#buttons.set(prior.id, made);
    return made;
  }

  /** Tells the change anew, after a doctor's outline has taken the place of the one compared. */
  async again() {
    if (this.#shown) await this.#compare(this.#shown);
  }

  /** @param {Prior} prior The same again closes it. */
  async toggle(prior) {
    const closes = this.#shown === prior;
    this.#close();
    if (closes) return;
    this.#shown = prior;
    this.#buttons.get(prior.id)?.setAttribute("aria-pressed", "true");
    this.said.textContent = t("page.prior.fetching");
    try {
      await this.#open(prior);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#close();
      this.said.textContent = error.detail;
    }
  }

  #close() {
    this.#shown = null;
    for (const one of this.#buttons.values()) one.setAttribute("aria-pressed", "false");
    this.said.textContent = "";
    this.picture.shown = null;
    this.picture.element.remove();
    this.change.replaceChildren();
    delete document.documentElement.dataset.prior;
    this.screen.ask();
  }

  /** @param {Prior} prior */
  async #open(prior) {
    const study = await getStudy(prior.id);
    const base = `/api/v1/studies/${study.id}`;
    const facts = await get(`/studies/${study.id}/view/view.json?result=${study.result.id}`);
    const other = { ...this.result, study, facts, base };
    const desk = new Desk(facts);
    const fetches = fetchesVolumes(desk);
    const pictures = picturesOf(other, fetches, () => this.screen.ask());
    // A plain canvas in every case: it shows the same as NiiVue, and a page has few WebGL contexts.
    const view = new FlatView(this.picture.grey, pictures);
    if (this.#shown !== prior) return;
    const match = matcher(this.result.facts, facts);
    this.picture.shown = { desk, facts, view, day: dayOf(prior), match };
    this.screen.element.after(this.picture.element);
    this.screen.ask();
    await Promise.all([this.#compare(prior), this.#fetch(prior, other, desk, view, fetches)]);
    if (this.#shown !== prior) return;
    this.said.textContent = "";
    document.documentElement.dataset.prior = "shown";
  }

  /**
   * @param {Prior} prior
   * @param {Result} other
   * @param {Desk} desk
   * @param {FlatView} view
   * @param {boolean} fetches
   */
  async #fetch(prior, other, desk, view, fetches) {
    if (fetches) view.add("flair", await getVolume(other, "flair"));
    this.screen.ask();
    desk.mask = await this.#outline(other);
    this.screen.ask();
    for (const name of fetches ? desk.channels : []) {
      if (name === "flair" || this.#shown !== prior) continue;
      view.add(name, await getVolume(other, name));
      this.screen.ask();
    }
  }

  /**
   * The outline of the prior; null for a reader who is to draw it first.
   * @param {Result} other
   */
  async #outline(other) {
    if (other.study.result.decision === null) return null;
    return new Uint8Array((await getVolume(other, "mask")).data);
  }

  /** @param {Prior} prior */
  async #compare(prior) {
    const path = `/studies/${this.result.study.id}/comparison?prior=${prior.id}`;
    const found = await get(path).catch((problem) => {
      if (!(problem instanceof Problem)) throw problem;
      return problem.detail;
    });
    if (this.#shown !== prior) return;
    const told = typeof found === "string"
      ? section(t("page.prior.change", { day: dayOf(prior) }), element("p", {}, found))
      : changeSection(found, dayOf(prior));
    this.change.replaceChildren(told);
  }
}

/** @param {Prior} prior */
function dayOf({ study_date: date, name }) {
  return date ? day(date) : name;
}
