/** What is said of a study. */

import assert from "node:assert/strict";
import test from "node:test";

import * as studies from "../../../../src/glioscope/server/static/list/studies.js";
import * as wording from "../../../../src/glioscope/server/static/list/wording.js";
import { loadTexts } from "../../../../src/glioscope/server/static/texts.js";
import { RESULT, STUDY } from "./studies.js";

loadTexts({
  "page.unit.ml": "ml",
  "page.list.decision.suspicious": "suspicious",
  "page.list.decision.none": "no finding",
  "page.list.decision.hidden": "read it first",
  "page.list.decision.unasked": "without model",
  "page.list.change.since": "since {day}",
  "page.list.review.none": "to read",
  "page.list.review.reject": "rejected: {reader}",
  "page.list.review.unsigned": "{said}, not signed",
  "page.list.announced": "{study}: {state}",
  "page.list.state.done": "Ready",
  "page.list.state.running": "In analysis",
  "page.list.stage.network": "Analysing slices",
  "page.list.strip": "{count} {highest} {at}",
});

test("a decision is a suspicion or no finding, with its probability", () => {
  assert.equal(wording.decisionText(RESULT), "suspicious 0.998");
  const none = { ...RESULT, decision: "no tumour", probability: 0.02 };
  assert.equal(wording.decisionText(none), "no finding 0.020");
});

test("an interval of no width is not written", () => {
  assert.equal(wording.intervalText(RESULT), "38.0–58.0");
  assert.equal(wording.intervalText({ ...RESULT, volume_low_ml: null }), "");
  const nothing = { ...RESULT, volume_ml: 0, volume_low_ml: 0, volume_high_ml: 0 };
  assert.equal(wording.intervalText(nothing), "");
});

test("a change has a sign and a direction that agree with its figure", () => {
  const change = (change_ml) => wording.changeText({ ...RESULT, change_ml });
  assert.equal(change(3.06), "▲\u00a0+3.1\u00a0ml");
  assert.equal(change(-12), "▼\u00a0−12.0\u00a0ml");
  assert.equal(change(-0.04), "=\u00a00.0\u00a0ml");
  assert.equal(change(null), "");
});

test("a change says since when", () => {
  assert.equal(wording.sinceText(RESULT), "since 2026-03-12");
  assert.equal(wording.sinceText({ ...RESULT, change_since: null }), "");
});

test("a review says who, what, and whether it stands", () => {
  const review = { verdict: "reject", reader: "anna", signed: true, at: 0 };
  assert.equal(wording.reviewText(review), "rejected: anna");
  assert.equal(wording.reviewText({ ...review, signed: false }), "rejected: anna, not signed");
  assert.equal(wording.reviewText(null), "to read");
});

test("what is hidden or was not asked for has no probability", () => {
  const hidden = { ...RESULT, decision: null, probability: null };
  assert.equal(wording.decisionText(hidden), "read it first");
  const unasked = { ...RESULT, decision: "not analysed", probability: null };
  assert.equal(wording.decisionText(unasked), "without model");
});

test("the strip is told in words", () => {
  assert.equal(wording.stripText([0, 3, 99, 40]), "4 99 3");
});

test("a running study says its stage, any other its state", () => {
  const running = { ...STUDY, state: "running", result: null };
  assert.equal(wording.stateText({ ...running, stage: "network" }), "Analysing slices");
  assert.equal(wording.stateText({ ...running, stage: null }), "In analysis");
  assert.equal(wording.stateText({ ...STUDY, stage: "network" }), "Ready");
});

test("a change of state is read aloud with what was found", () => {
  assert.equal(wording.announcement(STUDY), "dicom-1: Ready, suspicious 0.998, 46.7\u00a0ml");
});

test("a study is called by its patient where that may be told, else by its pseudonym", () => {
  assert.equal(studies.identity(STUDY), "dicom-1");
  assert.equal(studies.identity({ ...STUDY, patient_id: "17" }), "17");
  const named = { ...STUDY, patient_id: "17", patient_name: "Ivanov^Ivan^^=Иванов" };
  assert.equal(studies.identity(named), "Ivanov Ivan");
  assert.equal(studies.identityDetail(named), "17");
  assert.equal(studies.identityDetail({ ...STUDY, patient_id: "17" }), "");
  assert.equal(studies.identity({ ...named, patient_name: "^^" }), "17");
  const dated = { ...named, study_date: "2026-03-04" };
  assert.equal(studies.description(dated), "Ivanov Ivan, 17, 2026-03-04");
});

test("viewers look, readers ask, admins delete", () => {
  const may = ["viewer", "reader", "admin", undefined].map(studies.allowed);
  assert.deepEqual(may.map(({ ask }) => ask), [false, true, true, false]);
  assert.deepEqual(may.map((one) => one.delete), [false, false, true, false]);
});

test("only what has not ended is cancelled, and only what has no result is tried again", () => {
  const states = ["waiting", "running", "done", "refused", "failed", "cancelled"];
  const may = (/** @type {Function} */ what) => states.filter((state) => what({ ...STUDY, state }));
  assert.deepEqual(may(studies.mayCancel), ["waiting", "running"]);
  assert.deepEqual(may(studies.mayRetry), ["refused", "failed", "cancelled"]);
});
