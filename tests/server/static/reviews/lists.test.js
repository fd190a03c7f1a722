/** What follows from reading lists, and tables for spreadsheets. */

import assert from "node:assert/strict";
import test from "node:test";

import { csv } from "../../../../src/glioscope/server/static/reviews/csv.js";
import * as lists from "../../../../src/glioscope/server/static/reviews/lists.js";

const LIST = {
  id: "l",
  name: "List",
  model_shown: "after",
  created_by: "admin",
  created_at: 1,
  closed_at: null,
  readers: ["anna", "boris"],
  studies: [
    { id: "b", name: "B", position: 1, read_by: ["anna"] },
    { id: "a", name: "A", position: 0, read_by: ["anna", "boris"] },
    { id: "c", name: "C", position: 2, read_by: [] },
  ],
};

test("the next study is the first that oneself has not handed in", () => {
  assert.equal(lists.nextUnread(LIST, "anna")?.id, "c");
  assert.equal(lists.nextUnread(LIST, "boris")?.id, "b");
  assert.equal(lists.nextUnread({ ...LIST, studies: [] }, "anna"), undefined);
  assert.equal(lists.readBy(LIST, "anna"), 2);
});

test("a reader of an open list is told of his own progress alone", () => {
  assert.deepEqual(lists.seenReaders(LIST, "anna"), ["anna"]);
  assert.deepEqual(lists.seenReaders(LIST, "admin"), ["anna", "boris"]);
  assert.deepEqual(lists.seenReaders({ ...LIST, closed_at: 2 }, "anna"), ["anna", "boris"]);
});

test("open lists of one's own come first, closed ones last", () => {
  const all = [
    { ...LIST, id: "closed", closed_at: 9, created_at: 8 },
    { ...LIST, id: "other", readers: ["boris"], created_at: 7 },
    { ...LIST, id: "old" },
    { ...LIST, id: "new", created_at: 2 },
  ];
  const order = lists.sorted(all, "anna").map(({ id }) => id);
  assert.deepEqual(order, ["new", "old", "other", "closed"]);
});

test("names are taken however they are parted, each once", () => {
  assert.deepEqual(lists.namesIn(" anna, boris;anna\n carl "), ["anna", "boris", "carl"]);
});

test("no text of a table is a formula, and none breaks its cell", () => {
  const text = csv([["=1+1", 'a "b", c', null, -0.5, "-x", "@y"]]);
  assert.equal(text, `\ufeff'=1+1,"a ""b"", c",,-0.5,'-x,'@y\r\n`);
});
