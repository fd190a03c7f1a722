/** What is asked for: a range of days and how long a period is, as it stands in the address. */

/** @typedef {{ period: string, from: string, to: string }} Wanted */

const NAMES = /** @type {const} */ (["period", "from", "to"]);

/**
 * What an address asks for.
 * @param {string} search
 * @returns {Wanted}
 */
export function wantedOf(search) {
  const asked = new URLSearchParams(search);
  const [period, from, to] = NAMES.map((name) => asked.get(name) ?? "");
  return { period, from, to };
}

/**
 * The same as the end of an address; what is not asked for is left out.
 * @param {Wanted} wanted
 * @param {string} [zone] Whose days are meant.
 */
export function query(wanted, zone) {
  const asked = new URLSearchParams();
  for (const name of NAMES) if (wanted[name]) asked.set(name, wanted[name]);
  if (zone) asked.set("zone", zone);
  const text = String(asked);
  return text && `?${text}`;
}

/** The time zone of the one who looks. */
export function ownZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
