/** Actions in words, and the filter of the audit as the server wants it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as wording from "../../../../src/glioscope/server/static/admin/wording.js";
import { loadTexts } from "../../../../src/glioscope/server/static/texts.js";

const { ACTIONS, actionName, filterOf } = wording;

test("an action is said in words, and as it is stored where there are none", () => {
  loadTexts({ "page.admin.action.sign_in_refused": "вход отклонён" });
  assert.equal(actionName("sign in, refused"), "вход отклонён");
  assert.equal(actionName("something new"), "something new");
  assert.ok(ACTIONS.includes("sign in, refused"));
});

test("a filter leaves out what is empty, and its last day is whole", () => {
  const given = new FormData();
  given.set("who", " anna ");
  given.set("action", "");
  given.set("since", "2026-11-30");
  given.set("until", "2026-11-30");
  const wanted = filterOf(given);
  assert.equal(wanted.get("who"), "anna");
  assert.equal(wanted.has("action"), false);
  assert.equal(Number(wanted.get("until")) - Number(wanted.get("since")), 24 * 3600 * 1000);
});
