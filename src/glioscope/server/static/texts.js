/** The sentences of the page in its language, by code. */

/** @type {Record<string, string>} */
let sentences = {};

/**
 * Takes the sentences that the server put into the page, or others in a test.
 * @param {Record<string, string>} [given]
 */
export function loadTexts(given) {
  const element = globalThis.document?.getElementById("texts");
  sentences = given ?? JSON.parse(element?.textContent || "{}");
}

/** The language of the page: what it says, dates and numbers follow it. */
export function language() {
  return globalThis.document?.documentElement.lang || "en";
}

/**
 * The sentence of a code, its values in place of the names in braces; they are written as they
 * come, so format numbers first. A code without a sentence is said itself: nobody is left without
 * a hint.
 * @param {string} code
 * @param {Record<string, string | number>} [values]
 */
export function t(code, values = {}) {
  const sentence = sentences[code] ?? code;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

loadTexts();
