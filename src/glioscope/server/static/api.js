/** Requests to the server that the page came from, and its problems as errors. */

import { sentence } from "./format.js";
import { loginFor } from "./login/afterwards.js";
import { t } from "./texts.js";

const BASE = "/api/v1";

/** A request that was not answered as wished; `detail` is a sentence for the user. */
export class Problem extends Error {
  /**
   * @param {number} status 0 when the server could not be reached.
   * @param {string} detail
   * @param {any} [said] The JSON of the answer, if it had one.
   */
  constructor(status, detail, said = null) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.detail = detail;
    this.said = said;
  }
}

/**
 * What the server says of a resource.
 * @param {string} path Below `/api/v1`, or from the root when it begins with `//`.
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function get(path, signal) {
  return send("GET", path, undefined, signal);
}

/**
 * Sends a request; an object goes as JSON, anything binary as it is.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal] When it fires, the promise fails with its `AbortError`.
 * @returns {Promise<any>} The JSON of the answer, null where there is none.
 */
export async function send(method, path, body, signal) {
  try {
    const response = await ask(path, { method, signal, ...packed(body) });
    return response.status === 204 ? null : await response.json();
  } catch (problem) {
    const away = problem instanceof Problem && problem.status === 401;
    if (away && location.pathname !== "/login") location.assign(loginFor(location));
    throw problem;
  }
}

/**
 * A request that is told by its own words; it leads nobody away from the page to sign in.
 * @param {string} path As for `get`.
 * @param {RequestInit} how
 * @returns {Promise<Response>} One that went well.
 */
export async function ask(path, how) {
  const response = await reached(address(path), how);
  if (!response.ok) throw await problemOf(response);
  return response;
}

/**
 * An object as the body of a request.
 * @param {unknown} body
 * @returns {RequestInit}
 */
export function json(body) {
  return { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}

/** @param {string} path */
function address(path) {
  return path.startsWith("//") ? path.slice(1) : BASE + path;
}

/**
 * @param {unknown} body
 * @returns {RequestInit}
 */
function packed(body) {
  if (body === undefined) return {};
  if (body instanceof Blob) {
    return { body, headers: { "Content-Type": "application/octet-stream" } };
  }
  return json(body);
}

/**
 * @param {string} url
 * @param {RequestInit} how
 */
async function reached(url, how) {
  try {
    return await fetch(url, { ...how, headers: { Accept: "application/json", ...how.headers } });
  } catch (error) {
    if (how.signal?.aborted) throw error;
    throw new Problem(0, t("page.server.away"));
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
async function problemOf(response) {
  const said = await response.json().catch(() => null);
  const own = () => t("page.server.refused", { status: response.status });
  const detail = said?.detail ? sentence(said.detail) : own();
  return new Problem(response.status, detail, said);
}
