/** The bar above the picture while a study is corrected. */

import { element } from "../../dom.js";
import { clock, decimal } from "../../format.js";
import { t } from "../../texts.js";
import { button } from "../controls/controls.js";
import { largestDiameters } from "../measure/largest.js";
import { percent, volumeText } from "../result/wording.js";
import { faultLine } from "./faults.js";

/** @typedef {import("../controls/keyboard.js").Actions} Actions */
/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("./correction.js").Correction} Correction */
/** @typedef {import("./sheet.js").Sheet} Sheet */

const TOOLS = [
  { tool: "brush", key: "B" },
  { tool: "eraser", key: "E" },
  { tool: "grow", key: "W" },
];
const NO_BREAK = "\u00a0";

export class Toolbar {
  #asked = false;
  /** @type {unknown} What the last fault was about. */
  #problem = null;

  /**
   * @param {Desk} desk
   * @param {Correction} correction
   * @param {Actions} actions
   * @param {() => boolean} grows Whether the browser has the pictures that growing needs.
   */
  constructor(desk, correction, actions, grows) {
    this.desk = desk;
    this.correction = correction;
    this.tools = TOOLS.map(({ tool, key }) => keyed(tool, key, actions));
    this.grows = grows;
    this.smaller = button("−", () => actions.resize(-1), { key: "[" });
    this.larger = button("+", () => actions.resize(1), { key: "]" });
    this.size = element("output", { class: "size" });
    this.around = button("", () => actions.around(0), { key: "K" });
    this.steps = [["fill", "L"], ["interpolate", "I"]].map(([name, key]) =>
      keyed(name, key, actions),
    );
    this.undo = keyed("undo", "Z", actions);
    this.redo = keyed("redo", "Y", actions);
    this.figures = element("output", { class: "figures", id: "own-figures" });
    this.kept = element("p", { class: "kept", id: "kept", role: "status" });
    this.said = element("p", { class: "said", role: "status" });
    this.fault = element("div", {});
    this.save = button(t("page.correct.save"), () => actions.save(0), { key: "S", class: "main" });
    this.discard = button(t("page.correct.discard"), () => correction.discard());
    this.close = button(t("page.correct.close"), () => correction.close());
    this.element = this.#put();
    desk.watch(() => this.ask());
    this.update();
  }

  #put() {
    const group = (/** @type {string} */ name, /** @type {Node[]} */ ...content) =>
      element("div", { class: "group", role: "group", "aria-label": t(name) }, ...content);
    const bar = { class: "correct", role: "toolbar", "aria-label": t("page.correct.bar") };
    return element("div", bar,
      group("page.correct.tool", ...this.tools),
      group("page.correct.size", this.smaller, this.size, this.larger, this.around),
      group("page.correct.step", ...this.steps, this.undo, this.redo),
      group("page.correct.hand_in", this.save, this.discard, this.close),
      element("div", { class: "state-line" }, this.figures, this.said, this.kept),
      this.fault,
    );
  }

  /** Has it follow with the next frame, however fast the pointer goes. */
  ask() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.update();
    });
  }

  update() {
    const { sheet, open } = this.correction;
    this.element.hidden = !open;
    if (!open || !sheet) return;
    this.#updateTools();
    this.#updateSteps(sheet);
    this.#updateState(sheet);
  }

  #updateTools() {
    const { desk } = this;
    const growing = desk.tool === "grow";
    const grows = this.grows();
    this.tools.forEach((made, place) => {
      made.setAttribute("aria-pressed", String(desk.tool === TOOLS[place].tool));
    });
    this.tools[2].disabled = !grows;
    this.tools[2].title = grows ? "" : t("page.correct.no_grow");
    this.size.textContent = growing ? percent(desk.tolerance) : sizeText(desk);
    this.size.title = t(growing ? "page.correct.tolerance" : "page.correct.diameter");
    const around = this.around.firstElementChild;
    if (around) around.textContent = aroundText(desk);
  }

  /** @param {Sheet} sheet */
  #updateSteps(sheet) {
    const { busy } = this.correction;
    this.undo.disabled = busy || !sheet.canUndo;
    this.redo.disabled = busy || !sheet.canRedo;
    for (const made of [this.save, this.discard, ...this.steps]) made.disabled = busy;
  }

  /** @param {Sheet} sheet */
  #updateState(sheet) {
    const { busy, said, problem, keeper } = this.correction;
    this.figures.textContent = figuresText(this.desk, sheet);
    this.said.textContent = busy ? t("page.correct.saving_version") : said;
    if (keeper) this.#tell(keeper.state, keeper.owes);
    this.#tellFault(problem ?? keeper?.state.problem ?? null);
  }

  /**
   * @param {import("./keeper.js").State} state
   * @param {boolean} owes
   */
  #tell({ place, at, problem }, owes) {
    this.kept.dataset.place = place === "saved" && !at ? "" : place;
    if (place === "nowhere") this.kept.textContent = t("page.correct.kept.nowhere");
    else if (problem) this.kept.textContent = t("page.correct.kept.browser");
    else if (owes) this.kept.textContent = t("page.correct.kept.soon");
    else if (at) this.kept.textContent = t("page.correct.kept.saved", { time: clock(at) });
    else this.kept.textContent = t("page.correct.kept.nothing");
  }

  /** @param {Correction["problem"]} problem */
  #tellFault(problem) {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.fault.replaceChildren(...(problem ? [faultLine(problem)] : []));
  }
}

/**
 * @param {string} name
 * @param {string} key
 * @param {Actions} actions
 */
function keyed(name, key, actions) {
  return button(t(`page.correct.${name}`), () => actions[name](0), { key });
}

/** @param {Desk} desk */
function sizeText({ brushMm, nominal }) {
  return [brushMm, t(nominal ? "page.study.unit.px" : "page.study.unit.mm")].join(NO_BREAK);
}

/** @param {Desk} desk */
function aroundText({ tool, around }) {
  if (tool !== "grow") return t("page.correct.slices", { count: 2 * around + 1 });
  return t(around === 0 ? "page.correct.one_slice" : "page.correct.volume");
}

/**
 * Volume of the outline, and the two diameters of its largest region on the slice that is shown.
 * @param {Desk} desk
 * @param {Sheet} sheet
 */
function figuresText({ spacing: [x, y, z], nominal, slice }, sheet) {
  const ml = nominal ? null : (sheet.voxels * x * y * z) / 1000;
  const parts = [volumeText(ml, sheet.voxels)];
  const [longest, across] = largestDiameters(sheet.mask, slice);
  if (longest > 0) {
    const unit = t(nominal ? "page.study.unit.px" : "page.study.unit.mm");
    const size = [decimal(longest, 1), "×", decimal(across, 1), unit].join(NO_BREAK);
    parts.push(t("page.correct.here", { size }));
  }
  return parts.join(" · ");
}
