/** The list of keys, in a dialog. */

import { element } from "../../dom.js";
import { t } from "../../texts.js";
import { button } from "./controls.js";
import { DRAWING, helpLines, JUDGING, LOOKING } from "./keys.js";

/** @typedef {import("./keys.js").Key} Key */

const MOUSE = ["wheel", "drag", "ctrl_wheel", "right_drag", "swipe", "pen", "two_fingers"];

/** @param {boolean} judges Whether the one at the page may correct and review. */
export function helpDialog(judges) {
  const parts = [part("looking", keysOf(LOOKING)), part("mouse", mouse())];
  if (judges) parts.push(part("drawing", keysOf(DRAWING)), part("judging", keysOf(JUDGING)));
  const title = element("h2", { id: "help-title" }, t("page.study.help"));
  const close = button(t("page.study.close"), () => dialog.close());
  const dialog = element("dialog", { id: "help", "aria-labelledby": "help-title" }, title,
    element("div", { class: "columns" }, ...parts),
    element("div", { class: "choices" }, close),
  );
  return dialog;
}

/** @param {HTMLDialogElement} dialog Its first lines are seen, though the focus is at its end. */
export function showHelp(dialog) {
  dialog.showModal();
  dialog.scrollTop = 0;
}

/**
 * @param {string} name
 * @param {HTMLElement[]} lines
 */
function part(name, lines) {
  const title = element("h3", {}, t(`page.study.help.${name}`));
  const table = element("table", { class: "keys" }, element("tbody", {}, ...lines));
  return element("section", {}, title, table);
}

/** @param {Key[]} keys */
function keysOf(keys) {
  return helpLines(keys).map(({ code, shown }) => line(shown.map((key) => kbd(key)), t(code)));
}

function mouse() {
  return MOUSE.map((name) =>
    line([t(`page.study.mouse.${name}`)], t(`page.study.mouse.${name}.does`)),
  );
}

/** @param {string} key */
function kbd(key) {
  return element("kbd", {}, key);
}

/**
 * @param {(Node | string)[]} what
 * @param {string} does
 */
function line(what, does) {
  const parts = what.flatMap((one, place) => (place > 0 ? [" ", one] : [one]));
  return element("tr", {}, element("th", { scope: "row" }, ...parts), element("td", {}, does));
}
