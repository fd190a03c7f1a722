/** The left side: sequences, outline, windows and tools. */

import { element } from "../../dom.js";
import { t } from "../../texts.js";
import { button, section } from "./controls.js";
import { PRESETS } from "../view/windows.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("./keyboard.js").Actions} Actions */

const SEQUENCES = [
  { channel: "flair", key: "F" },
  { channel: "t1", key: "T" },
  { channel: "t1gd", key: "G" },
];

/**
 * @param {Desk} desk
 * @param {Actions} actions
 */
export function tools(desk, actions) {
  /** @type {(() => void)[]} */
  const updates = [];
  const place = element(
    "aside",
    { class: "tools", "aria-label": t("page.study.tools") },
    section(t("page.study.sequences"), ...sequences(desk, actions, updates)),
    section(t("page.study.outline"), ...outline(desk, actions, updates)),
    section(t("page.study.window"), ...windows(actions)),
    section(t("page.study.tools"), ...others(desk, actions, updates)),
  );
  desk.watch(() => updates.forEach((update) => update()));
  updates.forEach((update) => update());
  return place;
}

/**
 * @param {Desk} desk
 * @param {Actions} actions
 * @param {(() => void)[]} updates
 */
function sequences(desk, actions, updates) {
  return SEQUENCES.filter(({ channel }) => desk.channels.includes(channel)).map((one) => {
    const { channel, key } = one;
    const made = button(t(`page.study.sequence.${channel}`), () => actions[channel](0), { key });
    updates.push(() => pressed(made, desk.channel === channel));
    return made;
  });
}

/**
 * @param {Desk} desk
 * @param {Actions} actions
 * @param {(() => void)[]} updates
 */
function outline(desk, actions, updates) {
  const shown = button(t("page.study.outline_shown"), () => actions.outline(0), {
    key: t("page.study.space"),
  });
  const [model, bounds, own] = [["model", "U"], ["bounds", "D"], ["own", "O"]].map(([name, key]) =>
    button(t(`page.study.outline.${name}`), () => actions[name](0), { key, class: name }),
  );
  const fill = element("input", { type: "range", min: 0, max: 60, step: 5, id: "fill" });
  fill.addEventListener("input", () => desk.set({ fill: Number(fill.value) / 100 }));
  updates.push(() => {
    pressed(shown, desk.outline);
    pressed(model, desk.modelShown);
    pressed(bounds, desk.boundsShown);
    pressed(own, desk.ownShown);
    model.disabled = !desk.mask;
    bounds.disabled = !desk.bounds;
    own.disabled = !desk.own;
    fill.value = String(Math.round(desk.fill * 100));
  });
  const range = element("label", { class: "range" }, t("page.study.fill"), fill);
  return [shown, model, bounds, own, range];
}

/** @param {Actions} actions */
function windows(actions) {
  return PRESETS.map(({ code }, place) =>
    button(t(code), () => actions.preset(place + 1), { key: String(place + 1) }),
  );
}

/**
 * @param {Desk} desk
 * @param {Actions} actions
 * @param {(() => void)[]} updates
 */
function others(desk, actions, updates) {
  const three = button(t("page.study.three"), () => actions.three(0), { key: "X" });
  const ruler = button(t("page.study.ruler"), () => actions.ruler(0), { key: "M" });
  updates.push(() => {
    pressed(three, desk.three);
    pressed(ruler, desk.measuring);
  });
  const reset = button(t("page.study.reset"), () => actions.reset(0), { key: "0" });
  const help = button(t("page.study.help"), () => actions.help(0), { key: "?" });
  return [three, ruler, reset, help];
}

/**
 * @param {HTMLElement} made
 * @param {boolean} on
 */
function pressed(made, on) {
  made.setAttribute("aria-pressed", String(on));
}
