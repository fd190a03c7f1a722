/** Autosave: nothing is lost by a dead server, a page that goes away, or a second page. */

import assert from "node:assert/strict";
import test, { beforeEach, mock } from "node:test";

import { Keeper } from "../../../../../src/glioscope/server/static/study/correct/keeper.js";
import { hashOf, which } from "../../../../../src/glioscope/server/static/study/correct/which.js";
import { draw, places, settle } from "./places.js";

beforeEach(() => mock.timers.reset());

test("a new step is not called saved for a moment", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  const keeper = new Keeper(given, null, 0);
  draw(made, keeper);
  assert.deepEqual(made.told.map(({ place }) => place), ["saving"]);
  await settle();
  mock.timers.tick(1500);
  await settle();
  assert.equal(keeper.state.place, "saved");
  draw(made, keeper);
  assert.equal(made.told.at(-1).place, "saving");
});

test("a step lies in the browser at once and at the server a moment later", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  const keeper = new Keeper(given, null, 0);
  draw(made, keeper);
  draw(made, keeper);
  await settle();
  assert.equal(made.kept.bytes[0], 2);
  assert.deepEqual(made.kept.known, [null]);
  assert.deepEqual(made.sent, []);
  mock.timers.tick(1500);
  await settle();
  assert.deepEqual(made.sent, [{ drawn: 2, base: "model", since: 0, alive: true }]);
  assert.equal(made.kept, null);
  assert.deepEqual(made.told.at(-1), { place: "saved", at: 1001, problem: null });
  assert.equal(keeper.known, await hashOf(new Uint8Array([2])));
  draw(made, keeper);
  await settle();
  mock.timers.tick(1500);
  await settle();
  assert.equal(made.sent.at(-1).since, 1001);
});

test("a dead server is asked again, and says so until it answers", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  const keeper = new Keeper(given, null, 0);
  made.fails = { status: 0 };
  draw(made, keeper);
  await settle();
  mock.timers.tick(1500);
  await settle();
  assert.deepEqual(made.told.at(-1), { place: "browser", at: null, problem: { status: 0 } });
  draw(made, keeper);
  await settle();
  assert.equal(made.kept.bytes[0], 2);
  assert.equal(made.told.at(-1).place, "browser");
  made.fails = null;
  mock.timers.tick(8000);
  await settle();
  assert.equal(made.sent.at(-1).drawn, 2);
  assert.equal(made.told.at(-1).place, "saved");
  assert.equal(made.kept, null);
});

test("what the server will never take is not sent again and again", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  const keeper = new Keeper(given, null, 0);
  made.fails = { status: 413 };
  draw(made, keeper);
  await settle();
  mock.timers.tick(1500);
  await settle();
  made.fails = null;
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual(made.sent, []);
  assert.equal(made.kept.bytes[0], 1);
});

test("another page's newer draft is not overwritten", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  made.fails = { status: 409 };
  made.stored = { bytes: new Uint8Array([77]), at: 5 };
  const keeper = new Keeper(given, null, 0);
  draw(made, keeper);
  await settle();
  mock.timers.tick(1500);
  await settle();
  assert.equal(made.told.at(-1).problem.status, 409);
  made.fails = null;
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual(made.sent, []);
  assert.equal(made.kept.bytes[0], 1);
});

test("a draft that arrived though its answer did not is known again", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  made.fails = { status: 0 };
  const keeper = new Keeper(given, null, 0);
  draw(made, keeper);
  await settle();
  mock.timers.tick(1500);
  await settle();
  made.stored = { bytes: new Uint8Array([1]), at: 5 };
  made.fails = { status: 409 };
  draw(made, keeper);
  await settle();
  mock.timers.tick(1500);
  await settle();
  made.fails = null;
  mock.timers.tick(0);
  await settle();
  assert.deepEqual(made.sent, [{ drawn: 2, base: "model", since: 5, alive: true }]);
  assert.equal(made.told.at(-1).place, "saved");
});

test("a page that goes sends what outlives it", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  const keeper = new Keeper(given, null, 0);
  keeper.leave();
  assert.deepEqual(made.sent, []);
  draw(made, keeper);
  await settle();
  keeper.leave();
  await settle();
  assert.deepEqual(made.sent, [{ drawn: 1, base: "model", since: 0, alive: true }]);
});

test("a step while another is under way is kept with what it goes on from", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  const send = given.send;
  given.send = async (...all) => {
    await send(...all);
    if (made.sent.length === 1) draw(made, keeper);
  };
  const keeper = new Keeper(given, null, 0);
  draw(made, keeper);
  await settle();
  mock.timers.tick(1500);
  await settle();
  assert.equal(made.kept.bytes[0], 2);
  assert.deepEqual(made.kept.known, [await hashOf(new Uint8Array([1]))]);
  mock.timers.tick(1500);
  await settle();
  assert.equal(made.sent.at(-1).drawn, 2);
  assert.equal(made.kept, null);
});

test("a browser that keeps nothing says that the page must stay open", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  made.broken = true;
  const keeper = new Keeper(given, null, 0);
  draw(made, keeper);
  await settle();
  assert.equal(made.told.at(-1).place, "nowhere");
});

test("nothing is sent once it is a version", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  const keeper = new Keeper(given, null, 0);
  draw(made, keeper);
  await keeper.end();
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual(made.sent, []);
  assert.equal(made.kept, null);
});

test("a draft here is taken up unasked only where it goes on from the server's", () => {
  assert.equal(which(null, { hash: "a", known: [null] }), "browser");
  assert.equal(which("b", { hash: "a", known: ["b"] }), "browser");
  assert.equal(which("c", { hash: "a", known: ["b", "c"] }), "browser");
  assert.equal(which("a", { hash: "a", known: [null] }), "server");
  assert.equal(which("c", { hash: "a", known: ["b"] }), "ask");
  assert.equal(which(null, { hash: "a", known: ["b"] }), "ask");
  assert.equal(which("b", { hash: "a", known: [null] }), "ask");
});
