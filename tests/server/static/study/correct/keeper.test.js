/** Autosave: nothing is lost by a dead server, a page that goes away, or a second page. */

import assert from "node:assert/strict";
import test, { beforeEach, mock } from "node:test";

import { Keeper } from "../../../../../src/glioscope/server/static/study/correct/keeper.js";
import { hashOf, which } from "../../../../../src/glioscope/server/static/study/correct/which.js";

beforeEach(() => mock.timers.reset());

/** A server and a browser that note what they are given. */
function places() {
  const made = {
    drawn: 0,
    /** @type {any[]} */
    sent: [],
    /** @type {any} */
    kept: null,
    /** @type {any[]} */
    told: [],
    fails: null,
    stored: null,
    broken: false,
  };
  const given = {
    pack: async () => new Uint8Array([made.drawn]),
    base: "model",
    browser: {
      get: async () => made.kept,
      put: async (draft) => {
        if (made.broken) throw new Error("no room");
        made.kept = draft;
      },
      drop: async () => {
        made.kept = null;
      },
    },
    send: async (bytes, base, since, how) => {
      if (made.fails) throw made.fails;
      made.sent.push({ drawn: bytes[0], base, since, alive: how.keepalive });
      return 1000 + made.sent.length;
    },
    stored: async () => made.stored,
    tell: (state) => made.told.push(state),
  };
  return { made, given };
}

/** Lets promises go on that are waited for, hashes among them. */
async function settle() {
  for (let turn = 0; turn < 10; turn++) {
    await hashOf(new Uint8Array(1));
    await new Promise((done) => setImmediate(done));
  }
}

/**
 * @param {any} made
 * @param {Keeper} keeper
 */
function draw(made, keeper) {
  made.drawn++;
  keeper.edited();
}

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
