/** Drafts in this browser (IndexedDB): what the server has not got yet outlives page and power. */

const NAME = "glioscope";
const DRAFTS = "drafts";

/**
 * @typedef {object} Draft
 * @property {Uint8Array<ArrayBuffer>} bytes As `encodeDraft` packs them.
 * @property {string} base
 * @property {(string | null)[]} known SHA-256 of the server's draft that it goes on from, null for
 *   none, and of drafts between that may have arrived.
 * @property {number} at In ms.
 */

/**
 * @typedef {object} BrowserStore Holds one draft.
 * @property {() => Promise<Draft | null>} get
 * @property {(draft: Draft) => Promise<void>} put
 * @property {() => Promise<void>} drop
 */

/**
 * @param {string} key Of a person, a study and a list.
 * @returns {BrowserStore}
 */
export function browserDrafts(key) {
  return {
    get: () => within("readonly", (drafts) => drafts.get(key)).then((found) => found ?? null),
    put: (draft) => within("readwrite", (drafts) => drafts.put(draft, key)).then(() => undefined),
    drop: () => within("readwrite", (drafts) => drafts.delete(key)).then(() => undefined),
  };
}

/**
 * @param {IDBTransactionMode} mode
 * @param {(drafts: IDBObjectStore) => IDBRequest} work
 * @returns {Promise<any>}
 */
async function within(mode, work) {
  const database = await opened();
  try {
    const transaction = database.transaction(DRAFTS, mode, { durability: "strict" });
    const request = work(transaction.objectStore(DRAFTS));
    await new Promise((done, failed) => {
      transaction.addEventListener("complete", done);
      transaction.addEventListener("abort", () => failed(transaction.error));
    });
    return request.result;
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((done, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(DRAFTS));
    request.addEventListener("success", () => done(request.result));
    request.addEventListener("error", () => failed(request.error));
  });
}
