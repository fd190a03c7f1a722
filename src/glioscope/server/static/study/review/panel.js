/** On the right side: the comment, and what was said of the study so far. */

import { element } from "../../dom.js";
import { moment } from "../../format.js";
import { t } from "../../texts.js";
import { faultLine } from "../correct/faults.js";
import { button, section } from "../controls/controls.js";

/** @typedef {import("./requests.js").Review} Review */
/** @typedef {import("./reviewing.js").Reviewing} Reviewing */

export class ReviewPanel {
  /**
   * @param {Reviewing} reviewing
   * @param {boolean} judges Whether the one at the page may say anything.
   */
  constructor(reviewing, judges) {
    this.reviewing = reviewing;
    this.judges = judges;
    this.comment = reviewing.given.comment;
    this.comment.field.addEventListener("change", () => reviewing.commented());
    this.withdraw = button(t("page.review.withdraw"), () => reviewing.withdraw(), {
      class: "plain",
    });
    this.fault = element("div", {});
    this.history = element("ol", { class: "history", id: "history" });
    const own = judges ? [this.comment.element, this.withdraw] : [];
    this.element = section(t("page.review.title"), ...own, this.fault, this.history);
    this.update();
  }

  update() {
    const { reviews, versions, unsigned, problem, busy } = this.reviewing;
    this.withdraw.hidden = !unsigned || busy;
    this.comment.show(unsigned?.comment ?? "");
    this.fault.replaceChildren(...(problem ? [faultLine(problem)] : []));
    const numbers = new Map(versions.map(({ id, number }) => [id, number]));
    const lines = [...reviews].reverse().map((review) => line(review, numbers));
    this.history.replaceChildren(...lines);
    this.history.hidden = lines.length === 0;
    this.element.hidden = !this.judges && lines.length === 0 && !problem;
  }
}

/**
 * @param {Review} review
 * @param {Map<string, number>} numbers Of versions, by id.
 */
function line(review, numbers) {
  const { reader, verdict, reason, comment, version, created_at: at, signed_at: signed } = review;
  const number = version ? numbers.get(version) : undefined;
  const parts = [t(`page.review.said.${verdict}`)];
  if (reason) parts.push(t(`page.review.reason.${reason}`));
  if (number) parts.push(t("page.review.version", { number }));
  const when = signed
    ? t("page.review.signed_at", { time: moment(signed) })
    : t("page.review.unsigned_at", { time: moment(at) });
  const gone = review.superseded_by !== null;
  const made = element("li", { class: gone ? "superseded" : "" },
    element("strong", {}, parts.join(": ")),
    element("span", { class: "faint small" }, `${reader} · ${when}`),
  );
  if (comment) made.append(element("span", { class: "small remark" }, comment));
  if (gone) made.append(element("span", { class: "faint small" }, t("page.review.superseded")));
  return made;
}
