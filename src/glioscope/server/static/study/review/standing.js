/** Which of the reviews of a study count, and what one may do with them. */

/** @typedef {import("./requests.js").Review} Review */

/**
 * Reviews whose place no other has taken, the newest first.
 * @param {Review[]} all Oldest first.
 */
export function standing(all) {
  return all.filter((review) => review.superseded_by === null).reverse();
}

/**
 * The reader's own that counts.
 * @param {Review[]} all
 * @param {string} reader
 */
export function ownOf(all, reader) {
  return standing(all).find((review) => review.reader === reader) ?? null;
}

/**
 * What a new review of the reader would do: stand beside, or take the place of a signed one.
 * @param {Review | null} own
 * @returns {string | null} The id of the signed one.
 */
export function supersededBy(own) {
  return own?.signed_at ? own.id : null;
}
