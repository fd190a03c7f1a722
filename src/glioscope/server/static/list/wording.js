/** Figures and states of a study as sentences. */

import { day, decimal, probability, signed, span, volume } from "../format.js";
import { t } from "../texts.js";
import { identity } from "./studies.js";

/** @typedef {import("./studies.js").Result} Result */
/** @typedef {import("./studies.js").Review} Review */
/** @typedef {import("./studies.js").Study} Study */

const STATES = {
  waiting: "page.list.state.waiting",
  running: "page.list.state.running",
  done: "page.list.state.done",
  failed: "page.list.state.failed",
  refused: "page.list.state.refused",
  cancelled: "page.list.state.cancelled",
};
const STAGES = {
  starting: "page.list.stage.starting",
  reading: "page.list.stage.reading",
  network: "page.list.stage.network",
  writing: "page.list.stage.writing",
};
const DECISIONS = {
  tumour: "page.list.decision.suspicious",
  "not typical": "page.list.decision.atypical",
  "no tumour": "page.list.decision.none",
  "not analysed": "page.list.decision.unasked",
};
const VERDICTS = {
  accept: "page.list.review.accept",
  correct: "page.list.review.correct",
  reject: "page.list.review.reject",
};
const GATES = {
  fit: "page.list.gate.fit",
  warned: "page.list.gate.warned",
  refused: "page.list.gate.refused",
};

/**
 * The decision in a word: a suspicion, never a diagnosis; what is said where there is none to see.
 * @param {Result} result
 */
export function decisionWord({ decision }) {
  return t(decision === null ? "page.list.decision.hidden" : DECISIONS[decision]);
}

/**
 * The decision with its probability, if it has one.
 * @param {Result} result
 */
export function decisionText(result) {
  const share = result.probability;
  return share === null ? decisionWord(result) : `${decisionWord(result)} ${probability(share)}`;
}

/**
 * Whether the study is like what the model learned from.
 * @param {Result} result
 */
export function gateText(result) {
  return result.gate ? t(GATES[result.gate]) : "";
}

/**
 * The interval of the volume, without its unit; "" where the model gives none,
 * or one of no width.
 * @param {Result} result
 */
export function intervalText(result) {
  if (result.volume_low_ml === null || result.volume_high_ml === null) return "";
  const text = span(decimal(result.volume_low_ml, 1), decimal(result.volume_high_ml, 1));
  return text === decimal(result.volume_ml ?? 0, 1) ? "" : text;
}

/**
 * The change of the volume, with its direction as a sign; "" where there is none to compare with.
 * @param {Result} result
 */
export function changeText(result) {
  if (result.change_ml === null) return "";
  const figure = signed(result.change_ml, 1);
  const grown = figure.startsWith("+");
  const sign = grown ? "▲" : figure.startsWith("−") ? "▼" : "=";
  return `${sign}\u00a0${figure}\u00a0${t("page.unit.ml")}`;
}

/**
 * The day of the study that a change is measured against; "" where there is none.
 * @param {Result} result
 */
export function sinceText({ change_since: since }) {
  return since ? t("page.list.change.since", { day: day(since) }) : "";
}

/**
 * Who has said what of the result, and whether it stands.
 * @param {Review | null} review
 */
export function reviewText(review) {
  if (!review) return t("page.list.review.none");
  const said = t(VERDICTS[review.verdict], { reader: review.reader });
  return review.signed ? said : t("page.list.review.unsigned", { said });
}

/**
 * What the strip of probabilities shows, for those who do not see it.
 * @param {number[]} slices
 */
export function stripText(slices) {
  const highest = Math.max(...slices);
  return t("page.list.strip", {
    count: slices.length,
    highest,
    at: slices.indexOf(highest) + 1,
  });
}

/**
 * What a study is at: its stage while it runs, else its state.
 * @param {Study} study
 */
export function stateText(study) {
  if (study.state === "running" && study.stage) return t(STAGES[study.stage]);
  return t(STATES[study.state]);
}

/**
 * A change of state as it is read aloud.
 * @param {Study} study
 */
export function announcement(study) {
  const parts = [t(STATES[study.state])];
  if (study.result) parts.push(decisionText(study.result));
  if (study.result?.volume_ml) parts.push(volume(study.result.volume_ml));
  if (study.cause && study.state !== "done") parts.push(study.cause.text);
  return t("page.list.announced", { study: identity(study), state: parts.join(", ") });
}
