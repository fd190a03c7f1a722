/** In the head of the page: accept, correct, reject, sign; who else is here. */

import { element } from "../../dom.js";
import { t } from "../../texts.js";
import { button } from "../controls/controls.js";

/** @typedef {import("../controls/keyboard.js").Actions} Actions */
/** @typedef {import("./reviewing.js").Reviewing} Reviewing */

const VERDICTS = [
  { verdict: "accept", key: "A" },
  { verdict: "correct", key: "C" },
  { verdict: "reject", key: "R" },
];

export class ReviewBar {
  /**
   * @param {Reviewing} reviewing
   * @param {Actions} actions
   * @param {boolean} judges Whether the one at the page may say anything.
   * @param {boolean} accepts Whether there is an answer of the model to accept.
   */
  constructor(reviewing, actions, judges, accepts) {
    this.reviewing = reviewing;
    this.buttons = VERDICTS.map(({ verdict, key }) =>
      button(t(`page.review.${verdict}`), () => actions[verdict](0), { key }),
    );
    this.buttons[0].hidden = !accepts;
    this.sign = button(t("page.review.sign"), () => actions.save(0), { key: "S", class: "main" });
    this.standing = element("span", { class: "standing", id: "standing", role: "status" });
    this.others = element("span", { class: "others", role: "status" });
    this.standing.hidden = !judges;
    const group = { class: "verdicts", role: "group", "aria-label": t("page.review.title") };
    const verdicts = element("div", group, ...this.buttons, this.sign);
    verdicts.hidden = !judges;
    this.element = element("div", { class: "review-bar" }, this.others, this.standing, verdicts);
    this.update(false);
  }

  /** @param {boolean} correcting */
  update(correcting) {
    const { own, unsigned, busy, others } = this.reviewing;
    VERDICTS.forEach(({ verdict }, place) => {
      const on = correcting ? verdict === "correct" : own?.verdict === verdict;
      this.buttons[place].setAttribute("aria-pressed", String(on));
      this.buttons[place].disabled = busy;
    });
    this.sign.hidden = !unsigned || correcting;
    this.sign.disabled = busy;
    this.standing.textContent = standingText(own, correcting);
    this.standing.classList.toggle("locked", Boolean(own?.signed_at) && !correcting);
    this.others.hidden = others.length === 0;
    this.others.textContent = t("page.review.open_by", { names: others.join(", ") });
  }
}

/**
 * @param {import("./requests.js").Review | null} own
 * @param {boolean} correcting
 */
function standingText(own, correcting) {
  if (correcting) return t("page.review.correcting");
  if (!own) return t("page.review.none");
  const said = t(`page.review.said.${own.verdict}`);
  return `${said}, ${t(own.signed_at ? "page.review.signed" : "page.review.unsigned")}`;
}
