/** The list of keys, in a dialog. */

import { element } from "../../dom.js";
import { t } from "../../texts.js";
import { button } from "./controls.js";
import { helpLines } from "./keys.js";

const MOUSE = ["wheel", "drag", "ctrl_wheel", "right_drag", "swipe", "pen", "two_fingers"];

export function helpDialog() {
  const keys = helpLines().map(({ code, shown }) => line(shown.map((key) => kbd(key)), t(code)));
  const mouse = MOUSE.map((name) =>
    line([t(`page.study.mouse.${name}`)], t(`page.study.mouse.${name}.does`)),
  );
  const title = element("h2", { id: "help-title" }, t("page.study.help"));
  const close = button(t("page.study.close"), () => dialog.close());
  const dialog = element(
    "dialog",
    { id: "help", "aria-labelledby": "help-title" },
    title,
    element("table", { class: "keys" }, element("tbody", {}, ...keys, ...mouse)),
    element("div", { class: "choices" }, close),
  );
  return dialog;
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
  const parts = what.flatMap((part, place) => (place > 0 ? [" ", part] : [part]));
  return element("tr", {}, element("th", { scope: "row" }, ...parts), element("td", {}, does));
}
