/** Who else has the study open. */

const EVERY_MS = 20_000;

/** @typedef {import("./requests.js").Requests} Requests */

/**
 * Says every 20 seconds that this page has the study open, until it is left.
 * @param {Requests} requests
 * @param {(others: string[]) => void} tell
 * @param {(problem: unknown) => void} failed
 */
export function stayPresent(requests, tell, failed) {
  const page = crypto.randomUUID().replaceAll("-", "");
  const beat = () => requests.present(page).then(tell, failed);
  beat();
  setInterval(beat, EVERY_MS);
  addEventListener("pagehide", () => {
    requests.leave(page).catch(() => undefined);
  });
  // A page that was left and is shown again from the browser's memory.
  addEventListener("pageshow", (event) => {
    if (event.persisted) beat();
  });
}
