/** What the API says of a study in the list. */

import { day } from "../format.js";

/**
 * @typedef {object} Result
 * @property {string} id
 * @property {number} created_at
 * @property {"tumour" | "not typical" | "no tumour" | "not analysed" | null} decision Null while
 *   it is hidden from who is to read the study without it.
 * @property {number | null} probability
 * @property {number | null} volume_ml
 * @property {number | null} volume_low_ml
 * @property {number | null} volume_high_ml
 * @property {number | null} change_ml
 * @property {string | null} change_since
 * @property {"fit" | "warned" | "refused" | null} gate
 * @property {number[] | null} slices Percent, lowest slice first.
 */

/**
 * @typedef {object} Review The newest that stands, outside of reading lists.
 * @property {"accept" | "correct" | "reject"} verdict
 * @property {string} reader
 * @property {boolean} signed
 * @property {number} at
 */

/** @typedef {"waiting" | "running" | "done" | "refused" | "failed" | "cancelled"} State */

/**
 * @typedef {object} Study
 * @property {string} id
 * @property {string} name
 * @property {string | null} patient_id
 * @property {string | null} patient_name
 * @property {string | null} accession
 * @property {string | null} study_date
 * @property {number} received_at
 * @property {boolean} urgent
 * @property {State} state
 * @property {"starting" | "reading" | "network" | "writing" | null} stage
 * @property {number} done
 * @property {number} total
 * @property {{code: string, text: string} | null} cause
 * @property {Result | null} result
 * @property {Review | null} review
 * @property {string[]} open_by Who has it open now.
 * @property {string | null} replaces Id of the same examination before more of its pictures came.
 * @property {string | null} replaced_by Id of the same, after more of them came.
 */

/** @typedef {Pick<Study, "name" | "patient_id" | "patient_name">} Named */

/**
 * What people call the study: the patient where that may be told, else a pseudonym.
 * @param {Named} study
 */
export function identity(study) {
  return readable(study.patient_name) || study.patient_id || study.name;
}

/**
 * A second line under it that adds something, or "".
 * @param {Named} study
 */
export function identityDetail(study) {
  const shown = identity(study);
  const id = study.patient_id ?? "";
  return id === shown ? "" : id;
}

/**
 * Enough to take it for no other: who, number and day.
 * @param {Study} study
 */
export function description(study) {
  const date = study.study_date ? day(study.study_date) : "";
  return [identity(study), identityDetail(study), date, study.accession].filter(Boolean).join(", ");
}

/**
 * What the one at the list may do with its studies: ask for anything, delete them.
 * @typedef {{ask: boolean, delete: boolean}} May
 */

/**
 * @param {string | undefined} role
 * @returns {May}
 */
export function allowed(role) {
  return { ask: role === "reader" || role === "admin", delete: role === "admin" };
}

/** @param {Study} study */
export function mayCancel(study) {
  return study.state === "waiting" || study.state === "running";
}

/** @param {Study} study */
export function mayRetry(study) {
  return ["failed", "refused", "cancelled"].includes(study.state);
}

/**
 * A name as DICOM writes it (`Ivanov^Ivan^Ivanovich=...`), as people do.
 * @param {string | null} name
 */
function readable(name) {
  const [letters] = (name ?? "").split("=");
  return letters.split("^").filter(Boolean).join(" ");
}
