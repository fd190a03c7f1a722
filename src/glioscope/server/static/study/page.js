/** The study page, from its address to what it shows. */

import { byId } from "../dom.js";
import { loading, ended, missing, underWay } from "./states.js";
import { ResultPage, titleOf } from "./result.js";
import { getResult, getStudy, watchStudy } from "./source.js";

/** @typedef {import("../api.js").Problem} Problem */
/** @typedef {import("./source.js").Study} Study */

const place = byId("study");
const id = place.dataset.study ?? "";
/** @type {(() => void) | null} */
let unwatch = null;

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
    place.replaceChildren(underWay(study));
  } else place.replaceChildren(ended(study, open, fail));
}

/** @param {Study} study */
async function showResult(study) {
  unwatch?.();
  unwatch = null;
  const result = await getResult(study);
  const page = new ResultPage(result);
  document.title = titleOf(result);
  place.replaceChildren(page.element);
  await page.start();
}

/** @param {Partial<Problem>} problem */
function fail(problem) {
  unwatch?.();
  unwatch = null;
  place.replaceChildren(missing(problem, open));
}

open();
