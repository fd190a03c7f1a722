/** Uploads in parts against a server that loses connections. */

import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

import { Transfer } from "../../../../../src/glioscope/server/static/list/upload/transfer.js";

const MB = 2 ** 20;

/** A server that keeps what it gets, and fails when it is told to. */
class Server {
  id = "";
  /** @type {Record<string, number>} */
  files = {};
  /** @type {string[]} */
  asked = [];
  begun = 0;
  atOnce = 0;
  most = 0;
  /** @type {(method: string, path: string, count: number) => Response | Error | null} */
  fault = () => null;

  /** @param {string} url @param {RequestInit} how */
  fetch = async (url, { method = "GET", body, signal }) => {
    signal?.throwIfAborted();
    const address = new URL(url, "http://x");
    const path = address.pathname.replace("/api/v1", "");
    this.asked.push(`${method} ${path}`);
    this.most = Math.max(this.most, ++this.atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.atOnce -= 1;
    const fault = this.fault(method ?? "", path, this.asked.length);
    if (fault instanceof Error) throw fault;
    return fault ?? this.#answer(method ?? "", path, address.searchParams, body);
  };

  #answer(method, path, query, body) {
    if (path === "/uploads") {
      this.id = `u${++this.begun}`;
      this.files = {};
    } else if (!path.startsWith(`/uploads/${this.id}`)) {
      return problem(404);
    }
    if (method === "PUT") {
      assert.equal(Number(query.get("offset")), this.files[query.get("name")] ?? 0);
      this.files[query.get("name")] = Number(query.get("offset")) + body.size;
    }
    if (path.endsWith("/complete")) return Response.json({ studies: [{ id: "s", known: false }] });
    return Response.json({ id: this.id, files: { ...this.files } });
  }
}

/** @param {number} status */
function problem(status) {
  return Response.json({ detail: "no" }, { status });
}

/** @param {Record<string, number>} sizes */
function picked(sizes) {
  return Object.entries(sizes).map(([path, size]) => {
    return { path, file: new Blob([new Uint8Array(size)]) };
  });
}

/** @type {Server} */
let server;
/** @type {{at: string, sent: number}[]} */
let told;
/** @type {number[]} */
let waited;

beforeEach(() => {
  server = new Server();
  told = [];
  waited = [];
  globalThis.fetch = server.fetch;
});

/** @param {Record<string, number>} sizes */
function transfer(sizes) {
  const wait = async (/** @type {number} */ ms) => void waited.push(ms);
  const wish = { urgent: false, model: true };
  return new Transfer(picked(sizes), wish, (progress) => told.push(progress), wait);
}

test("a large file goes in parts, and what is sent is told", async () => {
  const taken = await transfer({ "a.zip": 9 * MB }).run();
  assert.deepEqual(taken, [{ id: "s", known: false }]);
  assert.equal(server.asked.filter((one) => one.startsWith("PUT")).length, 3);
  assert.deepEqual(told.map(({ sent }) => sent / MB), [0, 4, 8, 9, 9]);
  assert.equal(told.at(-1)?.at, "reading");
});

test("many small files go four at a time", async () => {
  const sizes = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`d/${at}`, 10 + at]));
  await transfer(sizes).run();
  assert.deepEqual(server.files, sizes);
  assert.equal(server.most, 4);
});

test("after a break it asks what is there and goes on from that", async () => {
  // The part arrived, its answer did not.
  server.fault = (method, _, count) => {
    if (method !== "PUT" || count !== 3) return null;
    server.files["a.zip"] = 6 * MB;
    return new TypeError("reset");
  };
  await transfer({ "a.zip": 9 * MB }).run();
  assert.equal(server.asked.filter((one) => one === "GET /uploads/u1").length, 1);
  assert.ok(told.some(({ at }) => at === "waiting"));
  assert.equal(server.files["a.zip"], 9 * MB);
  assert.equal(server.begun, 1);
});

test("it waits ever longer for a server that is away", async () => {
  server.fault = (_method, _path, count) => (count <= 4 ? new TypeError("away") : null);
  await transfer({ a: 5 }).run();
  assert.deepEqual(waited, [1000, 2000, 4000, 8000]);
});

test("an upload that the server has cleared begins anew", async () => {
  server.fault = (method, _, count) => {
    if (method === "PUT" && count === 3) server.id = "cleared";
    return null;
  };
  await transfer({ "a.zip": 9 * MB }).run();
  assert.equal(server.begun, 2);
  assert.deepEqual(server.files, { "a.zip": 9 * MB });
});

test("what the server refuses is said, and can be tried again from where it was", async () => {
  server.fault = (method, _, count) => (method === "PUT" && count === 3 ? problem(507) : null);
  const one = transfer({ "a.zip": 9 * MB });
  await assert.rejects(one.run(), { status: 507, detail: "No." });
  assert.equal((await one.run()).length, 1);
  assert.equal(server.begun, 1);
  assert.equal(server.asked.filter((asked) => asked.startsWith("PUT")).length, 4);
});

test("an upload without a study is refused, and tried anew only from its beginning", async () => {
  server.fault = (_, path) => {
    return path.endsWith("/complete") && server.begun === 1 ? problem(422) : null;
  };
  const one = transfer({ a: 5 });
  await assert.rejects(one.run(), { status: 422 });
  await one.run();
  assert.equal(server.begun, 2);
});

test("a cancelled upload stops, and the server forgets it", async () => {
  const one = transfer({ "a.zip": 40 * MB });
  server.fault = (method) => {
    if (method === "PUT") void one.cancel();
    return null;
  };
  await assert.rejects(one.run());
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(server.asked.at(-1), "DELETE /uploads/u1");
  assert.deepEqual(waited, []);
});
