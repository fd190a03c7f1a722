/** The study page, from its address to what it shows. */

import { byId, element } from "../dom.js";
import { Both } from "./both/both.js";
import { readingLine } from "./both/reading.js";
import { keepPlace } from "../round.js";
import { identity } from "./result/header.js";
import { loading, ended, missing, underWay } from "./states.js";
import { ResultPage, titleOf } from "./result.js";
import { Priors } from "./prior/priors.js";
import { getResult, getStudy, watchStudy } from "./source.js";

/** @typedef {import("../api.js").Problem} Problem */
/** @typedef {import("./source.js").Study} Study */

const place = byId("study");
const id = place.dataset.study ?? "";
/** @type {(() => void) | null} */
let unwatch = null;
let opened = false;
keepPlace(sessionStorage, id);

async function open() {
  place.replaceChildren(loading());
  try {
    await show();
  } catch (problem) {
    fail(/** @type {Partial<Problem>} */ (problem));
  }
}

async function show() {
  const study = await getStudy(id);
  if (study.result) return showResult(study);
  if (study.state === "waiting" || study.state === "running") {
    unwatch ??= watchStudy(id, () => show().catch(fail));
    place.replaceChildren(head(study), underWay(study));
  } else place.replaceChildren(head(study), ended(study, reader().judges, open, fail));
}

/** @param {Study} study One without a result. */
function head(study) {
  document.title = titleOf(study);
  return element("div", { class: "head" }, identity(study));
}

/** @param {Study} study */
async function showResult(study) {
  // Several events may have asked for the study at once.
  if (opened) return;
  opened = true;
  unwatch?.();
  unwatch = null;
  const result = await getResult(study);
  const who = reader();
  const page = new ResultPage(result, who);
  document.title = titleOf(study);
  place.replaceChildren(page.element);
  await Promise.all([page.start(), ...beside(page, who)]);
}

/**
 * What stands beside the study itself: prior ones, others' outlines, the list that it is read for.
 * @param {ResultPage} page
 * @param {import("./review/reviews.js").Reader} who
 */
function beside(page, who) {
  const { result } = page;
  const blind = result.hidden === "blind";
  const both = () => new Both(page, who).attach();
  const parts = [];
  if (who.list) {
    const reading = readingLine(who.list, who.name, id).then(({ line, read }) => {
      page.element.querySelector(".identity")?.after(line);
      // Who has handed in sees the others' outlines, even where the model's stays hidden.
      return blind && read ? both() : null;
    });
    parts.push(reading);
  }
  // Who is to draw first sees no answer of the model, of this study or of another.
  if (!blind) {
    const priors = new Priors(result, page.screen);
    page.reviews.corrected = () => priors.again();
    parts.push(priors.attach(page.element), both());
  }
  return parts;
}

/** @returns {import("./review/reviews.js").Reader} */
function reader() {
  const { who = "", role = "viewer" } = place.dataset;
  const list = new URLSearchParams(location.search).get("list");
  return { name: who, judges: role !== "viewer", list };
}

/** @param {Partial<Problem>} problem */
function fail(problem) {
  unwatch?.();
  unwatch = null;
  place.replaceChildren(missing(problem, () => location.reload()));
}

open();
