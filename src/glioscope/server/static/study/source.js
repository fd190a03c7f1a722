/** What the server has of a study. */

import { get, Problem } from "../api.js";
import { t } from "../texts.js";
import { readVolume } from "./grid/nifti.js";

/** @typedef {import("./desk.js").Facts} Facts */

/**
 * @typedef {object} Cause
 * @property {string} code
 * @property {string} text
 */

/**
 * @typedef {object} Study A line of the work list.
 * @property {string} id
 * @property {string} name
 * @property {string | null} patient_id
 * @property {string | null} patient_name
 * @property {string | null} accession
 * @property {string | null} study_date
 * @property {string} state
 * @property {string | null} stage
 * @property {number} done
 * @property {number} total
 * @property {Cause | null} cause
 * @property {any} result
 * @property {string | null} replaces
 * @property {string | null} replaced_by
 */

/** @typedef {{name: string, bytes: number}} FileEntry */

/**
 * @typedef {object} Result
 * @property {Study} study
 * @property {any} analysis `analysis.json`; without findings where it is hidden.
 * @property {"none" | "blind" | null} hidden Why no answer of the model is shown: it was not asked,
 *   or the reader is to draw first.
 * @property {Facts} facts
 * @property {FileEntry[]} files
 * @property {string} base Address of the study in the API.
 */

/**
 * @param {string} id
 * @returns {Promise<Study>}
 */
export function getStudy(id) {
  return get(`/studies/${id}`);
}

/**
 * @param {Study} study One with a result.
 * @returns {Promise<Result>}
 */
export async function getResult(study) {
  const facts = await get(`/studies/${study.id}/view/view.json?result=${study.result.id}`);
  const base = `/api/v1/studies/${study.id}`;
  const hidden = hiddenBy(study.result.decision);
  if (hidden) return { study, analysis: nothingSaid(facts), facts, files: [], base, hidden };
  const [analysis, { files }] = await Promise.all([
    get(`/studies/${study.id}/analysis`),
    get(`/studies/${study.id}/files`),
  ]);
  return { study, analysis, facts, files, base, hidden };
}

/** @param {string | null} decision */
function hiddenBy(decision) {
  if (decision === "not analysed") return "none";
  return decision === null ? "blind" : null;
}

/**
 * An analysis that says nothing of any slice.
 * @param {Facts} facts
 */
function nothingSaid({ slice_names: names }) {
  const slices = names.map(() => ({ probability: null, decision: null }));
  return { slices, findings: [], possible_misses: [], threshold: null, miss_rate: null };
}

/**
 * A volume of the result.
 * @param {Result} result
 * @param {string} name
 */
export async function getVolume(result, name) {
  const address = `${result.base}/view/${name}.nii.gz?result=${result.study.result.id}`;
  const response = await fetch(address).catch(() => null);
  if (!response) throw new Problem(0, t("page.server.away"));
  if (!response.ok) {
    throw new Problem(response.status, t("page.server.refused", { status: response.status }));
  }
  return readVolume(await response.arrayBuffer());
}

/**
 * Calls back whenever the server says that a study may have changed.
 * @param {string} id
 * @param {() => void} changed
 * @returns {() => void} Ends it.
 */
export function watchStudy(id, changed) {
  const events = new EventSource("/api/v1/events");
  events.addEventListener("studies", (event) => {
    if (event.data.split(" ").includes(id)) changed();
  });
  // A change may have been missed while there was no connection.
  events.addEventListener("open", changed);
  return () => events.close();
}

/**
 * Calls back when the server says that somebody has drawn or reviewed.
 * @param {string} id
 * @param {() => void} changed
 */
export function watchReviews(id, changed) {
  const events = new EventSource("/api/v1/events");
  events.addEventListener("reviews", (event) => {
    if (event.data.split(" ").includes(id)) changed();
  });
}
