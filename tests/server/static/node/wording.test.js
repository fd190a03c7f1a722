/** Ages of what waits, and when it is tried again. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { age, nextTry } from "../../../../src/glioscope/server/static/node/wording.js";
import { loadTexts } from "../../../../src/glioscope/server/static/texts.js";

loadTexts({
  "page.node.age.seconds": "{count} s",
  "page.node.age.minutes": "{count} min",
  "page.node.age.hours": "{count} h",
  "page.node.age.days": "{count} days",
  "page.node.next.now": "now",
  "page.node.next.in": "in {age}",
});

test("an age is said in its largest unit and never rounded up", () => {
  const told = [0, 59.9, 119, 120, 7199, 7200, 172_799, 172_800].map(age);
  assert.deepEqual(told, ["0 s", "59 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 days"]);
});

test("what nobody tries again has no next time", () => {
  assert.equal(nextTry(null), "");
  assert.equal(nextTry(0), "now");
  assert.equal(nextTry(300), "in 5 min");
});
