/** Reading lists as the API tells of them, and what follows from them. */

/**
 * @typedef {object} Entry A study of a list.
 * @property {string} id
 * @property {string} name
 * @property {number} position
 * @property {string[]} read_by Who has handed in; of others only once one may know.
 */

/**
 * @typedef {object} ReadingList
 * @property {string} id
 * @property {string} name
 * @property {"after" | "never"} model_shown
 * @property {string} created_by
 * @property {number} created_at
 * @property {number | null} closed_at
 * @property {string[]} readers
 * @property {Entry[]} studies
 */

/**
 * Studies in the order in which they are to be read.
 * @param {ReadingList} list
 */
export function inOrder({ studies }) {
  return [...studies].sort((a, b) => a.position - b.position);
}

/**
 * The first study that a reader has not handed in; undefined where there is none.
 * @param {ReadingList} list
 * @param {string} reader
 */
export function nextUnread(list, reader) {
  return inOrder(list).find(({ read_by: names }) => !names.includes(reader));
}

/**
 * How many studies a reader has handed in.
 * @param {ReadingList} list
 * @param {string} reader
 */
export function readBy({ studies }, reader) {
  return studies.filter(({ read_by: names }) => names.includes(reader)).length;
}

/**
 * Whose progress one is told of: everybody's, but for a reader of an open list his own.
 * @param {ReadingList} list
 * @param {string} me
 */
export function seenReaders({ readers, closed_at: closed }, me) {
  return closed === null && readers.includes(me) ? [me] : readers;
}

/**
 * Lists in the order in which they are wanted: what is open and mine first, then the newest.
 * @param {ReadingList[]} lists
 * @param {string} me
 */
export function sorted(lists, me) {
  const mine = (/** @type {ReadingList} */ list) =>
    list.closed_at !== null ? 2 : list.readers.includes(me) ? 0 : 1;
  return [...lists].sort((a, b) => mine(a) - mine(b) || b.created_at - a.created_at);
}

/**
 * The address of a study as it is read for a list.
 * @param {string} study
 * @param {ReadingList} list
 */
export function placeOf(study, list) {
  return `/studies/${study}?list=${list.id}`;
}

/**
 * Names that somebody has typed, each once.
 * @param {string} typed
 */
export function namesIn(typed) {
  return [...new Set(typed.split(/[,;\s]+/).filter(Boolean))];
}
