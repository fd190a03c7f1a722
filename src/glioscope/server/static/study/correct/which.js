/** Which of two drafts is taken up: the server's, or the one that this browser has kept. */

/**
 * The browser's is taken up unasked only where it goes on from what the server has: then
 * nothing newer can be lost by it.
 * @param {string | null} server SHA-256 of the server's draft; null where it has none.
 * @param {{hash: string, known: (string | null)[]}} browser That of the draft here, and those of
 *   the server's drafts which it goes on from.
 * @returns {"server" | "browser" | "ask"}
 */
export function which(server, { hash, known }) {
  if (server === hash) return "server";
  return known.includes(server) ? "browser" : "ask";
}

/**
 * SHA-256 in hexadecimal digits.
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export async function hashOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
