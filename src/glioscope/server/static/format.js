/** Numbers, volumes, days and moments as the language of the page writes them. */

import { language, t } from "./texts.js";

const NO_BREAK = "\u00a0";
const MINUS = "\u2212";

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * A number with so many decimals and a true minus sign.
 * @param {number} number
 * @param {number} digits
 */
export function decimal(number, digits) {
  const key = `${language()} ${digits}`;
  let format = formats.get(key);
  if (!format) {
    const exactly = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    format = new Intl.NumberFormat(language(), { ...exactly, useGrouping: false });
    formats.set(key, format);
  }
  const text = format.format(number).replace("-", MINUS);
  // What is rounded to nothing has no sign.
  return /[1-9]/.test(text) ? text : text.replace(MINUS, "");
}

/**
 * The same with its sign, a plus too.
 * @param {number} number
 * @param {number} digits
 */
export function signed(number, digits) {
  const text = decimal(number, digits);
  return number > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/**
 * A volume with its unit, to tenths as in the report.
 * @param {number} ml
 */
export function volume(ml) {
  return `${decimal(ml, 1)}${NO_BREAK}${t("page.unit.ml")}`;
}

/**
 * From the one to the other; ends that are written alike are one figure.
 * @param {string} low
 * @param {string} high
 */
export function span(low, high) {
  return low === high ? low : `${low}–${high}`;
}

/**
 * A probability in three digits, as in the report: never a 0 or 1 that it is not.
 * @param {number} share
 */
export function probability(share) {
  if (share > 0 && share < 0.0005) return `<${NO_BREAK}${decimal(0.001, 3)}`;
  if (share >= 0.9995 && share < 1) return `>${NO_BREAK}${decimal(0.999, 3)}`;
  return decimal(share, 3);
}

/**
 * A day as the report writes it.
 * @param {string} iso YYYY-MM-DD
 */
export function day(iso) {
  return language() === "ru" ? iso.split("-").reverse().join(".") : iso;
}

/**
 * A moment to the minute, in the reader's own time zone.
 * @param {number} ms Since 1970, UTC.
 */
export function moment(ms) {
  const at = new Date(ms);
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  const date = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(two).join("-");
  return `${day(date)} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/**
 * What a server says for programs and logs, as a sentence on a page; what begins with the name of a
 * file keeps its letters.
 * @param {string} said
 */
export function sentence(said) {
  const named = /^\S*[.:/_\d]/.test(said);
  const begun = named ? said : said.slice(0, 1).toLocaleUpperCase() + said.slice(1);
  return /[\p{L}\p{N})»"%]$/u.test(begun) ? `${begun}.` : begun;
}

/**
 * The time of day; the day before it unless that is today.
 * @param {number} ms Since 1970, UTC.
 */
export function clock(ms) {
  const said = moment(ms);
  const [today] = moment(Date.now()).split(" ");
  return said.startsWith(`${today} `) ? said.slice(today.length + 1) : said;
}
