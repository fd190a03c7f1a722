/** What becomes of a draft on its way when a version takes its place. */

import assert from "node:assert/strict";
import test, { beforeEach, mock } from "node:test";

import { Keeper } from "../../../../../src/glioscope/server/static/study/correct/keeper.js";
import { draw, places, settle } from "./places.js";

beforeEach(() => mock.timers.reset());

test("what is on its way is answered before a version takes its place", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  /** @type {(at: number) => void} */
  let answer = () => undefined;
  const send = given.send;
  given.send = (...all) => send(...all).then(() => new Promise((done) => (answer = done)));
  const keeper = new Keeper(given, null, 0);
  draw(made, keeper);
  await settle();
  mock.timers.tick(1500);
  await settle();
  let held = false;
  const holding = keeper.hold().then(() => (held = true));
  draw(made, keeper);
  await settle();
  assert.ok(!held && made.sent.length === 1);
  answer(1001);
  await holding;
  mock.timers.tick(60_000);
  await settle();
  assert.equal(made.sent.length, 1, "and nothing follows while it is held");
  assert.equal(made.kept.bytes[0], 2, "but in the browser it is kept");
  keeper.goOn();
  mock.timers.tick(1500);
  await settle();
  assert.deepEqual(made.sent.map(({ drawn }) => drawn), [1, 2]);
});

test("a server that does not answer holds a version up for five seconds at most", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, given } = places();
  given.send = (bytes, base, since, { signal }) =>
    new Promise((_, failed) => signal.addEventListener("abort", () => failed(signal.reason)));
  const keeper = new Keeper(given, null, 0);
  draw(made, keeper);
  await settle();
  mock.timers.tick(1500);
  await settle();
  const holding = keeper.hold();
  mock.timers.tick(5000);
  await holding;
  await keeper.end();
  assert.equal(made.kept, null);
});
