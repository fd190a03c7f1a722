/** Names of files as the server stores them. */

const MOST_STEPS = 12;
const MOST_BYTES = 200;
const UNFIT = /[\p{C}\p{Zl}\p{Zp}\u00a0:*?"<>|\\]/gu;
const OF_THE_SYSTEM = /^(\.|thumbs\.db$|desktop\.ini$|__macosx$)/i;

/**
 * Whether a file is one that a system keeps for itself, and no part of a study.
 * @param {string} path
 */
export function isOfTheSystem(path) {
  return path.split("/").some((step) => OF_THE_SYSTEM.test(step));
}

/**
 * Names that the server takes, one for each path and no two alike.
 * @param {string[]} paths
 */
export function safeNames(paths) {
  /** @type {Set<string>} */
  const taken = new Set();
  return paths.map((path) => {
    const name = safe(path);
    let unique = name;
    for (let number = 2; taken.has(unique.toLowerCase()); number++) unique = numbered(name, number);
    taken.add(unique.toLowerCase());
    return unique;
  });
}

/** @param {string} path */
function safe(path) {
  const steps = path.split("/").filter(Boolean);
  // A study lies deep in a disc's folders, so that the outer ones go first.
  return steps.slice(-MOST_STEPS).map(safeStep).join("/");
}

/** @param {string} step */
function safeStep(step) {
  const plain = step.replace(UNFIT, "_").replace(/^\.+/, "_").trim() || "_";
  const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text).length;
  let kept = [...plain];
  // The end of a name tells what is in the file.
  while (bytes(kept.join("")) > MOST_BYTES - 8) kept = kept.slice(1);
  return kept.join("");
}

/**
 * @param {string} name
 * @param {number} number
 */
function numbered(name, number) {
  const slash = name.lastIndexOf("/") + 1;
  return `${name.slice(0, slash)}${number}_${name.slice(slash)}`;
}
