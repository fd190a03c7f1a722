/** News from the server as they come; a server that is away is asked again, ever less often. */

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

/**
 * How long to wait before the next try, in ms.
 * @param {number} failures In a row.
 */
export function pause(failures) {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, failures - 1));
}

/**
 * @typedef {object} Listeners
 * @property {(ids: string[]) => void} changed
 * @property {() => void} here The server answers, for the first time or again.
 * @property {() => void} away
 */

/**
 * Listens as long as somebody looks: a browser holds six connections to a server, and pages in
 * the background must not use them up.
 * @param {Listeners} listeners
 */
export function listen(listeners) {
  /** @type {EventSource | null} */
  let source = null;
  let failures = 0;
  let timer = 0;

  const stop = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const start = () => {
    stop();
    if (document.hidden) return;
    source = new EventSource("/api/v1/events");
    source.addEventListener("open", () => {
      failures = 0;
      listeners.here();
    });
    source.addEventListener("studies", (event) => listeners.changed(event.data.split(" ")));
    source.addEventListener("error", () => {
      stop();
      failures += 1;
      listeners.away();
      timer = window.setTimeout(start, pause(failures));
    });
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  window.addEventListener("online", start);
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => event.persisted && start());
  start();
}
