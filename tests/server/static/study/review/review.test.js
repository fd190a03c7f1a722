/** Which reviews count, how long a study was looked at, and what a refusal means for its reader. */

import assert from "node:assert/strict";
import test, { afterEach } from "node:test";

import { faultText } from "../../../../../src/glioscope/server/static/study/correct/faults.js";
import { Requests } from "../../../../../src/glioscope/server/static/study/review/requests.js";
import {
  ownOf,
  standing,
  supersededBy,
} from "../../../../../src/glioscope/server/static/study/review/standing.js";
import { Watch } from "../../../../../src/glioscope/server/static/study/review/watch.js";

const realFetch = globalThis.fetch;

afterEach(() => {
  globalThis.fetch = realFetch;
});

const REVIEWS = [
  { id: "1", reader: "anna", signed_at: 5, superseded_by: "3" },
  { id: "2", reader: "boris", signed_at: null, superseded_by: null },
  { id: "3", reader: "anna", signed_at: null, superseded_by: null },
];

test("what was superseded does not count, and stays in the history", () => {
  assert.deepEqual(standing(REVIEWS).map(({ id }) => id), ["3", "2"]);
  assert.equal(ownOf(REVIEWS, "anna")?.id, "3");
  assert.equal(ownOf(REVIEWS, "carla"), null);
});

test("only a signed review is superseded by name", () => {
  assert.equal(supersededBy(null), null);
  assert.equal(supersededBy(REVIEWS[2]), null);
  assert.equal(supersededBy(REVIEWS[0]), "1");
});

test("only time in sight counts", () => {
  let now = 0;
  const watch = new Watch(() => now);
  now = 3000;
  watch.turn(false);
  now = 60_000;
  assert.equal(watch.seconds, 3);
  watch.turn(true);
  now = 62_000;
  assert.equal(watch.seconds, 5);
});

test("a refusal is said in the server's words and with what to do", () => {
  assert.equal(faultText({ status: 0, detail: "away" }), "page.fault.0");
  assert.equal(faultText({ status: 401, detail: "sign in" }), "page.fault.401");
  assert.equal(faultText({ status: 413, detail: "Too large." }), "Too large. page.fault.413");
  assert.equal(faultText({ status: 500, detail: "Broken." }), "Broken.");
  assert.equal(faultText({}), "page.fault.other");
});

test("what is drawn for a reading list goes there", async () => {
  /** @type {any[]} */
  const asked = [];
  globalThis.fetch = async (url, how) => {
    asked.push(`${how.method ?? "GET"} ${url}`);
    return Response.json({ others: ["anna"], versions: [] });
  };
  const requests = new Requests("s", "l");
  await requests.versions();
  await requests.saveVersion(new Uint8Array(1), "model");
  assert.deepEqual(await requests.present("p"), ["anna"]);
  const base = "/api/v1/studies/s";
  assert.deepEqual(asked, [
    `GET ${base}/versions?list=l`,
    `POST ${base}/versions?base=model&list=l`,
    `PUT ${base}/presence?page=p`,
  ]);
});

test("no draft is no fault", async () => {
  globalThis.fetch = async () => new Response(null, { status: 204 });
  assert.equal(await new Requests("s", null).draft(), null);
});
