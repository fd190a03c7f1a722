import assert from "node:assert/strict";
import test from "node:test";

import {
  afterwards,
  loginFor,
} from "../../../../src/glioscope/server/static/login/afterwards.js";

test("the page that was asked for follows", () => {
  assert.equal(afterwards("?next=%2Fstudies%2Fabc%3Fflat%3D1"), "/studies/abc?flat=1");
  assert.equal(afterwards(""), "/");
});

test("no address of elsewhere does", () => {
  const elsewhere = ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x"];
  for (const foreign of elsewhere) {
    assert.equal(afterwards(`?next=${encodeURIComponent(foreign)}`), "/");
  }
});

test("one comes back to where one was", () => {
  const here = { pathname: "/studies/abc", search: "?flat=1" };
  assert.equal(afterwards(loginFor(here).slice("/login".length)), "/studies/abc?flat=1");
});
