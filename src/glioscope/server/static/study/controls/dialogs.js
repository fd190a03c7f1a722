/** Questions in a dialog, answered by mouse or keyboard. */

import { answerOf, element } from "../../dom.js";
import { t } from "../../texts.js";

/** @typedef {{value: string, name: string, kind?: "main" | "danger"}} Choice */

/**
 * @param {object} question
 * @param {string} question.title
 * @param {(Node | string)[]} question.content
 * @param {Choice[]} question.choices The first has the focus unless something asks for it itself.
 * @returns {Promise<string>} The value that was chosen; empty when it was left.
 */
export async function choose({ title, content, choices }) {
  const heading = element("h2", { id: "question-title" }, title);
  const buttons = choices.map(({ value, name, kind = "" }) =>
    // Leaving needs no answer.
    element("button", { value, class: kind, formnovalidate: value === "" }, name),
  );
  const form = element("form", { method: "dialog" }, heading, ...content,
    element("div", { class: "choices" }, ...buttons));
  const attributes = { class: "question", "aria-labelledby": "question-title" };
  const dialog = element("dialog", attributes, form);
  document.body.append(dialog);
  dialog.showModal();
  if (!form.querySelector("[autofocus]")) buttons[0].focus();
  const answer = await answerOf(dialog);
  dialog.remove();
  return answer;
}

/**
 * @param {string} title
 * @param {string} text
 * @param {string} yes
 * @param {"main" | "danger"} [kind]
 */
export async function confirmed(title, text, yes, kind = "main") {
  const choices = [
    { value: "", name: t("page.correct.not_now") },
    { value: "yes", name: yes, kind },
  ];
  return (await choose({ title, content: [element("p", {}, text)], choices })) === "yes";
}
