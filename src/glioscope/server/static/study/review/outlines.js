/** On the right side: every outline of the study, which one is shown, and where to go on from. */

import { element } from "../../dom.js";
import { decimal, moment } from "../../format.js";
import { t } from "../../texts.js";
import { button, section } from "../controls/controls.js";
import { filesMenu } from "../result/files.js";
import { finding } from "../result/side.js";
import { volumeText } from "../result/wording.js";

/** @typedef {import("./requests.js").Version} Version */

/**
 * @typedef {object} Deeds
 * @property {(version: Version | null) => void} show Null: none of them.
 * @property {(base: string) => void} correct
 * @property {(slice: number) => void} go
 * @property {(version: Version) => Promise<{name: string}[]>} files
 * @property {(version: Version) => string} address Of its files.
 */

/**
 * @typedef {object} Shown
 * @property {Version[]} versions Oldest first.
 * @property {string | null} shown Id of the version that is shown.
 * @property {import("../result/wording.js").Finding[]} findings Of that version.
 * @property {boolean} correcting
 * @property {boolean} kept Whether there is a draft.
 */

export class Outlines {
  #seen = "";

  /**
   * @param {Deeds} deeds
   * @param {string[]} names What slices are called.
   * @param {boolean} judges
   * @param {boolean} model Whether there is an outline of the model.
   */
  constructor(deeds, names, judges, model) {
    this.deeds = deeds;
    this.names = names;
    this.judges = judges;
    this.list = element("ul", { class: "outlines", id: "outlines" });
    this.draft = element("p", { class: "small warned" }, t("page.review.draft_waits"));
    const starts = element("div", { class: "starts" });
    if (judges && model) starts.append(this.#start("model"));
    if (judges) starts.append(this.#start("empty"));
    this.element = section(t("page.review.outlines"), this.draft, this.list, starts);
    this.starts = starts;
  }

  /** @param {Shown} now */
  update({ versions, shown, findings, correcting, kept }) {
    this.draft.hidden = !kept || correcting;
    this.starts.hidden = correcting;
    this.element.hidden = (correcting || !this.judges) && versions.length === 0;
    const seen = JSON.stringify([versions.map(({ id }) => id), shown, findings, correcting]);
    if (seen === this.#seen) return;
    this.#seen = seen;
    const rows = [...versions].reverse().map((one) => this.#row(one, shown === one.id, correcting));
    const at = versions.findIndex(({ id }) => id === shown);
    if (at >= 0) rows[rows.length - 1 - at].append(this.#findings(findings));
    this.list.replaceChildren(...rows);
    this.list.hidden = rows.length === 0;
  }

  /** @param {Shown["findings"]} all */
  #findings(all) {
    const rows = all.map((one) => finding(one, this.names, this.deeds.go));
    return element("div", { class: "findings" }, ...rows);
  }

  /** @param {"model" | "empty"} base */
  #start(base) {
    const name = t(`page.review.start.${base}`);
    return button(name, () => this.deeds.correct(base), { class: "plain" });
  }

  /**
   * @param {Version} version
   * @param {boolean} on
   * @param {boolean} correcting
   */
  #row(version, on, correcting) {
    const { number, author, created_at: at, volume_ml: ml, voxels } = version;
    const show = button("", () => this.deeds.show(on ? null : version), { class: "row own" });
    show.setAttribute("aria-pressed", String(on));
    show.disabled = correcting;
    show.append(
      element("strong", {}, `${t("page.review.version", { number })} · ${author}`),
      element("span", {}, [volumeText(ml, voxels), ...against(version)].join(" · ")),
      element("span", { class: "faint" }, moment(at)),
    );
    const more = element("div", { class: "more" });
    if (this.judges && !correcting) {
      const name = t("page.review.start.version");
      more.append(button(name, () => this.deeds.correct(version.id), { class: "plain" }));
    }
    const files = () => this.deeds.files(version);
    more.append(filesMenu(this.deeds.address(version), files, "plain"));
    return element("li", {}, show, more);
  }
}

/**
 * How far it is from the model's.
 * @param {Version} version
 */
function against({ dice, added, removed }) {
  const parts = [];
  if (dice !== null) parts.push(t("page.review.dice", { dice: decimal(dice, 2) }));
  if (added !== null && removed !== null) parts.push(t("page.review.changed", { added, removed }));
  return parts;
}
