/** Small decisions of the list: what it asks for, which keys it knows, how names and bars come. */

import assert from "node:assert/strict";
import test from "node:test";

import { commandOf } from "../../../../src/glioscope/server/static/list/keys.js";
import { pause } from "../../../../src/glioscope/server/static/list/live.js";
import {
  isOfTheSystem, safeNames,
} from "../../../../src/glioscope/server/static/list/upload/names.js";
import * as query from "../../../../src/glioscope/server/static/list/query.js";
import { bars } from "../../../../src/glioscope/server/static/list/strip.js";

test("only what is wanted is asked for", () => {
  assert.equal(query.address(query.EVERYTHING), "/studies?limit=50&sort=urgency");
  const wanted = { ...query.EVERYTHING, search: " A 1&b ", decision: "no tumour", offset: 50 };
  assert.equal(
    query.address(wanted),
    "/studies?limit=50&search=A+1%26b&decision=no+tumour&sort=urgency&offset=50",
  );
});

test("spaces are no search, an order is no filter", () => {
  assert.equal(query.isFiltered({ ...query.EVERYTHING, search: "  ", sort: "date" }), false);
  assert.equal(query.isFiltered({ ...query.EVERYTHING, gate: "fit" }), true);
});

test("a page behind the last becomes the last", () => {
  const to = [[0, 0], [50, 50], [50, 51], [9950, 10_000], [10_000, 10_000]];
  assert.deepEqual(to.map(([offset, total]) => query.withinPages(offset, total)), [
    0, 0, 50, 9950, 9950,
  ]);
});

test("what was kept of an earlier visit is trusted only as far as it fits", () => {
  assert.deepEqual(query.restored(null), query.EVERYTHING);
  assert.deepEqual(query.restored("{broken"), query.EVERYTHING);
  assert.deepEqual(query.restored("null"), query.EVERYTHING);
  const kept = JSON.stringify({ search: "17", offset: "x", other: 1 });
  assert.deepEqual(query.restored(kept), { ...query.EVERYTHING, search: "17" });
});

/** @param {string} key @param {string} code */
function press(key, code, more = {}) {
  return { key, code, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more };
}

test("keys are found on Latin and Russian keyboards", () => {
  assert.equal(commandOf(press("/", "Slash")), "search");
  assert.equal(commandOf(press(".", "Slash")), "search");
  assert.equal(commandOf(press("?", "Slash", { shiftKey: true })), "help");
  assert.equal(commandOf(press(",", "Slash", { shiftKey: true })), "help");
  assert.equal(commandOf(press("u", "KeyU")), "urgent");
  assert.equal(commandOf(press("г", "KeyU")), "urgent");
  assert.equal(commandOf(press("ArrowUp", "ArrowUp")), "previous");
  assert.equal(commandOf(press("x", "KeyX")), null);
});

test("keys of the browser stay its own", () => {
  for (const held of ["ctrlKey", "altKey", "metaKey"]) {
    assert.equal(commandOf(press("u", "KeyU", { [held]: true })), null);
  }
});

test("pauses double up to half a minute", () => {
  assert.deepEqual([1, 2, 3, 6, 60].map(pause), [1000, 2000, 4000, 30_000, 30_000]);
});

test("names are what the server takes, and no two are alike", () => {
  const names = safeNames(["a/b:1.dcm", "a/b*1.dcm", "A/B_1.DCM", "..\\x", "/a//.hidden", "я.dcm"]);
  assert.deepEqual(names, [
    "a/b_1.dcm", "a/2_b_1.dcm", "A/3_B_1.DCM", "__x", "a/_hidden", "я.dcm",
  ]);
});

test("long names keep their end, deep folders their inner part", () => {
  const [long] = safeNames([`${"я".repeat(300)}.nii.gz`]);
  assert.ok(new TextEncoder().encode(long).length <= 200);
  assert.ok(long.endsWith("я.nii.gz"));
  const [deep] = safeNames([`${"d/".repeat(20)}f`]);
  assert.deepEqual(deep.split("/"), [..."d".repeat(11), "f"]);
});

test("files that a system keeps for itself are left out", () => {
  const paths = ["a/.DS_Store", "__MACOSX/a", "x/Thumbs.db", "desktop.ini", "a/DICOMDIR", "a/1"];
  assert.deepEqual(paths.filter((path) => !isOfTheSystem(path)), ["a/DICOMDIR", "a/1"]);
});

test("bars are as tall as their percent, and what is not nothing is seen", () => {
  assert.equal(bars([0, 1, 50, 100]), "M5 24v-1h4v1zM10 24v-12h4v12zM15 24v-24h4v24z");
  assert.equal(bars([]), "");
});
