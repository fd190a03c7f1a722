/** The lines of the work list: each keeps its place and its focus while it is refreshed. */

import { element } from "../dom.js";
import { CELLS } from "./cells.js";

/** @typedef {import("./studies.js").May} May */
/** @typedef {import("./studies.js").Study} Study */
/** @typedef {{study: Study, row: HTMLTableRowElement, shown: string[]}} Line */

export class Table {
  /**
   * @param {HTMLTableSectionElement} body
   * @param {May} may
   */
  constructor(body, may) {
    this.body = body;
    this.may = may;
    /** @type {Map<string, Line>} */
    this.lines = new Map();
    body.addEventListener("focusin", (event) => this.#choose(this.lineOf(event.target)));
  }

  /**
   * Shows these studies and no others, in this order.
   * @param {Study[]} studies
   */
  show(studies) {
    const wanted = new Set(studies.map(({ id }) => id));
    for (const id of [...this.lines.keys()]) if (!wanted.has(id)) this.#drop(id);
    let place = this.body.firstElementChild;
    for (const study of studies) {
      const { row } = this.refresh(study);
      if (row === place) place = row.nextElementSibling;
      else this.#put(row, place);
    }
    if (!this.body.querySelector(".current")) this.#choose(this.first());
  }

  /**
   * Shows a study anew, in a line that waits for its place when it has none.
   * @param {Study} study
   */
  refresh(study) {
    const line = this.lines.get(study.id) ?? this.#begin(study);
    line.study = study;
    const current = line.row.classList.contains("current");
    line.row.className = `state-${study.state}${current ? " current" : ""}`;
    CELLS.forEach(([, fill], at) => {
      const content = fill(study, this.may).filter((part) => part !== "");
      const written = content.map(textOf).join();
      if (line.shown[at] === written) return;
      line.shown[at] = written;
      refill(line.row.cells[at], content);
    });
    widen(line.row, !study.result && study.cause !== null);
    if (!current) leaveOut(line.row);
    return line;
  }

  /** @returns {Line | undefined} */
  first() {
    return this.#lineOfRow(this.body.firstElementChild);
  }

  /** The line that keys act on. */
  current() {
    return this.#lineOfRow(this.body.querySelector(".current"));
  }

  /** @param {EventTarget | null} target */
  lineOf(target) {
    return this.#lineOfRow(target instanceof Element ? target.closest("tr") : null);
  }

  /**
   * Moves to the next line (1) or the one before (-1); from outside the table to the current one.
   * @param {number} steps
   */
  move(steps) {
    const current = this.current() ?? this.first();
    if (!current) return;
    const inside = this.body.contains(document.activeElement);
    const to = steps > 0 ? current.row.nextElementSibling : current.row.previousElementSibling;
    this.focus((inside && this.#lineOfRow(to)) || current);
  }

  /** @param {Line | undefined} line */
  focus(line) {
    const link = line?.row.querySelector("a");
    link?.focus();
    line?.row.scrollIntoView({ block: "nearest" });
  }

  /** @param {string | null} id Of the line that keys act on from now on, if there is one. */
  choose(id) {
    this.#choose(this.lines.get(id ?? ""));
  }

  /** @param {Study} study */
  #begin(study) {
    const row = element("tr", { "data-study": study.id });
    for (const [look] of CELLS) {
      // The name of the study heads its line, so that each cell is read with it.
      const heads = look === "study";
      row.append(element(heads ? "th" : "td", { class: look, scope: heads && "row" }));
    }
    /** @type {Line} */
    const line = { study, row, shown: [] };
    this.lines.set(study.id, line);
    return line;
  }

  /**
   * @param {HTMLTableRowElement} row
   * @param {Element | null} before
   */
  #put(row, before) {
    const held = row.contains(document.activeElement) ? document.activeElement : null;
    this.body.insertBefore(row, before);
    if (held instanceof HTMLElement) held.focus({ preventScroll: true });
  }

  /** @param {string} id */
  #drop(id) {
    const line = this.lines.get(id);
    if (!line) return;
    const { row } = line;
    const next = this.#lineOfRow(row.nextElementSibling ?? row.previousElementSibling);
    const held = row.contains(document.activeElement);
    const current = row.classList.contains("current");
    row.remove();
    this.lines.delete(id);
    if (current) this.#choose(next);
    if (held) this.focus(next);
  }

  /**
   * Makes a line the one that keys act on; Tab reaches the controls of this one alone.
   * @param {Line | undefined} line
   */
  #choose(line) {
    const before = this.current();
    if (!line || before === line) return;
    if (before) {
      before.row.classList.remove("current");
      leaveOut(before.row);
    }
    line.row.classList.add("current");
    for (const control of controls(line.row)) control.removeAttribute("tabindex");
  }

  /** @param {Element | null} row */
  #lineOfRow(row) {
    return row instanceof HTMLElement ? this.lines.get(row.dataset.study ?? "") : undefined;
  }
}

/**
 * Gives a reason why there are no figures the room of the figures.
 * @param {HTMLTableRowElement} row
 * @param {boolean} wide
 */
function widen(row, wide) {
  const at = CELLS.findIndex(([look]) => look === "finding");
  const figures = [1, 2, 3].map((after) => row.cells[at + after]);
  row.cells[at].colSpan = wide ? 1 + figures.length : 1;
  for (const cell of figures) cell.hidden = wide;
}

/** @param {Node | string} part */
function textOf(part) {
  return part instanceof Element ? part.outerHTML : String(part);
}

/**
 * New content of a cell; what had the focus has it again.
 * @param {HTMLTableCellElement} cell
 * @param {(Node | string)[]} content
 */
function refill(cell, content) {
  const held = cell.contains(document.activeElement) ? document.activeElement : null;
  cell.replaceChildren(...content);
  if (!(held instanceof HTMLElement)) return;
  const again = cell.querySelector(`[data-does="${held.dataset.does}"]`);
  const instead = again ?? cell.parentElement?.querySelector("a");
  if (instead instanceof HTMLElement) instead.focus({ preventScroll: true });
}

/** @param {HTMLTableRowElement} row */
function controls(row) {
  return row.querySelectorAll("a, button");
}

/** @param {HTMLTableRowElement} row */
function leaveOut(row) {
  for (const control of controls(row)) control.setAttribute("tabindex", "-1");
}
