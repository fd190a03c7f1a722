/** What all pages share: sentences, numbers as each language writes them, and problems. */

import assert from "node:assert/strict";
import test, { afterEach, beforeEach } from "node:test";

import { get, Problem, send } from "../../../src/glioscope/server/static/api.js";
import * as format from "../../../src/glioscope/server/static/format.js";
import { loadTexts, t } from "../../../src/glioscope/server/static/texts.js";

const TEXTS = { "page.unit.ml": "мл", "page.server.away": "away", "a.b": "{n} of {all}: {n}" };
const realFetch = globalThis.fetch;

/** @param {string} lang */
function speak(lang) {
  globalThis.document = { documentElement: { lang }, getElementById: () => null };
}

beforeEach(() => {
  loadTexts(TEXTS);
  speak("ru");
});

afterEach(() => {
  globalThis.fetch = realFetch;
  delete globalThis.document;
});

/** @param {Response | Error} answer */
function answering(answer) {
  /** @type {any[]} */
  const asked = [];
  globalThis.fetch = async (...request) => {
    asked.push(request);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return asked;
}

test("a sentence takes its values, and what it does not know stays in sight", () => {
  assert.equal(t("a.b", { n: 0, all: "5" }), "0 of 5: 0");
  assert.equal(t("a.b", { n: 1 }), "1 of {all}: 1");
  assert.equal(t("no.such"), "no.such");
});

test("numbers have a decimal comma in Russian and a true minus sign", () => {
  assert.equal(format.decimal(-3.14159, 2), "−3,14");
  assert.equal(format.decimal(-0.04, 1), "0,0");
  assert.equal(format.signed(3.05, 1), "+3,1");
  assert.equal(format.signed(0.01, 1), "0,0");
  assert.equal(format.volume(46.72), "46,7\u00a0мл");
  speak("en");
  assert.equal(format.decimal(-3.14159, 2), "−3.14");
  assert.equal(format.decimal(1234.5, 1), "1234.5");
});

test("a probability is never written as certain when it is not", () => {
  assert.equal(format.probability(1), "1,000");
  assert.equal(format.probability(0.99951), ">\u00a00,999");
  assert.equal(format.probability(0.9994), "0,999");
  assert.equal(format.probability(0.0004), "<\u00a00,001");
  assert.equal(format.probability(0), "0,000");
});

test("days and moments are written as in the report", () => {
  assert.equal(format.day("2026-03-04"), "04.03.2026");
  assert.equal(format.moment(new Date(2026, 2, 4, 7, 5).getTime()), "04.03.2026 07:05");
  speak("en");
  assert.equal(format.day("2026-03-04"), "2026-03-04");
});

test("what a server says stands on a page as a sentence; a file keeps its name", () => {
  assert.equal(format.sentence("неверное имя или пароль"), "Неверное имя или пароль.");
  assert.equal(format.sentence("the disk is full (0.4 GB)"), "The disk is full (0.4 GB).");
  assert.equal(format.sentence("No FLAIR."), "No FLAIR.");
  assert.equal(format.sentence("disc.zip: nothing to read"), "disc.zip: nothing to read.");
  assert.equal(format.sentence("many: nothing?"), "many: nothing?");
  assert.equal(format.sentence(""), "");
});

test("ends of an interval that are written alike are one figure", () => {
  assert.equal(format.span("3,1", "4,0"), "3,1–4,0");
  assert.equal(format.span("0,0", "0,0"), "0,0");
});

test("answers are JSON, and no content is null", async () => {
  const asked = answering(new Response('{"a": 1}'));
  assert.deepEqual(await get("/studies"), { a: 1 });
  assert.equal(asked[0][0], "/api/v1/studies");
  answering(new Response(null, { status: 204 }));
  assert.equal(await send("DELETE", "/studies/1"), null);
});

test("an object goes as JSON, bytes as they are, a path from the root past the API", async () => {
  const asked = answering(new Response("{}"));
  await send("PUT", "//x", { urgent: true });
  answering(new Response("{}"));
  assert.equal(asked[0][0], "/x");
  assert.equal(asked[0][1].body, '{"urgent":true}');
  const bytes = answering(new Response("{}"));
  await send("PUT", "/f", new Blob(["abc"]));
  assert.equal(bytes[0][1].headers["Content-Type"], "application/octet-stream");
});

test("a problem brings the server's own sentence", async () => {
  const document = { detail: "диск заполнен", type: "urn:x" };
  answering(new Response(JSON.stringify(document), { status: 507 }));
  const failed = { name: "Problem", status: 507, detail: "Диск заполнен.", said: document };
  await assert.rejects(get("/x"), failed);
  answering(new Response("<html>", { status: 502 }));
  await assert.rejects(get("/x"), { status: 502, detail: "page.server.refused" });
});

test("a server that is away is a problem with status 0, what was stopped is none", async () => {
  answering(new TypeError("failed to fetch"));
  await assert.rejects(get("/x"), { status: 0, detail: "away" });
  const stopped = new DOMException("stopped", "AbortError");
  answering(stopped);
  await assert.rejects(get("/x", AbortSignal.abort()), stopped);
  assert.ok(new Problem(1, "x") instanceof Error);
});
