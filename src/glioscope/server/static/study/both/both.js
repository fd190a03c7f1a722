/** Two outlines of a study on one picture, and where they differ. */

import { get, Problem } from "../../api.js";
import { element } from "../../dom.js";
import { decimal, signed } from "../../format.js";
import { t } from "../../texts.js";
import { button, section } from "../controls/controls.js";
import { readVolume } from "../grid/nifti.js";
import { getVolume } from "../source.js";

/** @typedef {import("../result.js").ResultPage} ResultPage */
/** @typedef {import("../review/reviews.js").Reader} Reader */

/** @typedef {{who: string, version: string | null}} Side */

/**
 * @typedef {object} Pair
 * @property {Side} a
 * @property {Side} b
 * @property {number | null} dice
 * @property {number | null} kappa
 * @property {number | null} volume_difference_ml
 * @property {(number | null)[]} slices Dice of each slice; null where neither has an outline.
 */

// Below it a slice is marked as one where they differ.
const ALIKE = 0.7;

export class Both {
  /** @type {Pair | null} */
  #shown = null;
  /** @type {Map<Pair, HTMLButtonElement>} */
  #buttons = new Map();

  /**
   * @param {ResultPage} page
   * @param {Reader} reader
   */
  constructor(page, reader) {
    this.page = page;
    this.list = reader.list;
    this.legend = element("p", { class: "both-legend", hidden: true });
    this.place = section(t("page.both.title"));
    this.place.classList.add("both");
    this.place.hidden = true;
    // A correction shows the outline that it is made of.
    page.desk.watch(() => page.reviews.correction.open && this.#shown && this.#show(null));
  }

  /** Puts itself on the page, and shows the pair that the address asks for. */
  async attach() {
    this.page.reviews.outlines.element.after(this.place);
    this.page.element.querySelector(".legends")?.before(this.legend);
    const pairs = await this.#pairs().catch((problem) => this.#lacks(problem));
    if (pairs.length === 0) return;
    this.place.hidden = false;
    this.place.append(...pairs.map((pair) => this.#entry(pair)), this.#said());
    const asked = new URLSearchParams(location.search);
    const [one, other] = [asked.get("between"), asked.get("and")];
    const wanted = pairs.find(({ a, b }) => a.who === one && b.who === other);
    if (wanted) await this.#show(wanted);
  }

  /** @returns {Promise<Pair[]>} */
  async #pairs() {
    const query = this.list ? `?list=${this.list}` : "";
    return (await get(`/studies/${this.page.result.study.id}/agreement${query}`)).pairs;
  }

  /**
   * @param {unknown} problem
   * @returns {Pair[]}
   */
  #lacks(problem) {
    if (!(problem instanceof Problem)) throw problem;
    // What may not be seen yet is said in the head of the page.
    this.place.hidden = problem.status === 403;
    this.place.append(element("p", { role: "alert" }, problem.detail));
    return [];
  }

  #said() {
    return element("p", { class: "faint small" }, t("page.both.what"));
  }

  /** @param {Pair} pair */
  #entry(pair) {
    const press = () => void this.#show(this.#shown === pair ? null : pair);
    const made = button("", press, { class: "row" });
    made.setAttribute("aria-pressed", "false");
    made.append(element("strong", {}, namesOf(pair).join(" – ")),
      element("span", {}, figuresOf(pair)));
    this.#buttons.set(pair, made);
    return made;
  }

  /** @param {Pair | null} pair */
  async #show(pair) {
    this.#shown = pair;
    for (const [one, made] of this.#buttons) {
      made.setAttribute("aria-pressed", String(one === pair));
    }
    this.legend.hidden = pair === null;
    const { desk, strip } = this.page;
    if (!pair) {
      strip.compare(null);
      desk.set({ pair: null });
      return;
    }
    const [a, b] = await Promise.all([this.#mask(pair.a), this.#mask(pair.b)]);
    if (this.#shown !== pair) return;
    const [one, other] = namesOf(pair);
    this.legend.replaceChildren(element("span", { class: "one" }, one),
      element("span", { class: "other" }, other), t("page.both.strip"));
    strip.compare(pair.slices.map(markOf));
    desk.set({ pair: { a, b }, outline: true });
    const worst = worstOf(pair.slices);
    if (worst >= 0) desk.go(worst);
    document.documentElement.dataset.pair = "shown";
  }

  /** @param {Side} side */
  async #mask({ version }) {
    const { result, reviews } = this.page;
    const volume = version === null
      ? await getVolume(result, "mask")
      : await readVolume(await reviews.requests.versionMask(version));
    return new Uint8Array(volume.data);
  }
}

/**
 * What the strip says of a slice.
 * @param {number | null} dice
 */
function markOf(dice) {
  const said = dice === null ? t("page.both.nothing") : t("page.both.dice", {
    dice: decimal(dice, 2),
  });
  return { height: dice ?? 0, differs: dice !== null && dice < ALIKE, said };
}

/**
 * The slice on which they differ most; -1 where there is no outline.
 * @param {(number | null)[]} slices
 */
function worstOf(slices) {
  const known = slices.filter((dice) => dice !== null);
  return known.length > 0 ? slices.indexOf(Math.min(...known)) : -1;
}

/** @param {Pair} pair */
function namesOf({ a, b }) {
  return [a, b].map(({ who }) => (who === "model" ? t("page.both.model") : who));
}

/** @param {Pair} pair */
function figuresOf({ dice, kappa, volume_difference_ml: ml }) {
  const parts = [];
  if (dice !== null) parts.push(t("page.both.dice", { dice: decimal(dice, 2) }));
  if (kappa !== null) parts.push(t("page.both.kappa", { kappa: decimal(kappa, 2) }));
  if (ml !== null) parts.push(t("page.both.volume", { ml: signed(ml, 1) }));
  return parts.join(" · ");
}
