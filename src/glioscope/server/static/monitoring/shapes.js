/** What the server answers: `Overview` of `glioscope.reviews.monitoring.overview`. */

/**
 * @typedef {"none" | "few" | "early" | "inside" | "above" | "below"} Verdict
 *
 * @typedef {object} Point
 * @property {number} n
 * @property {number | null} count
 * @property {number | null} value
 * @property {number | null} low
 * @property {number | null} high
 * @property {number | null} limit_low
 * @property {number | null} limit_high
 * @property {Verdict} verdict
 *
 * @typedef {object} Chart
 * @property {string} name
 * @property {"share" | "median"} kind
 * @property {number | null} centre
 * @property {Point[]} points
 *
 * @typedef {Record<string, number> & { causes: Record<string, number>,
 *   reasons: Record<string, number> }} Counts
 *
 * @typedef {object} OfVersion
 * @property {string} model
 * @property {string} version
 * @property {Counts} counts
 *
 * @typedef {object} Period
 * @property {string} first
 * @property {string} last
 * @property {boolean} over
 *
 * @typedef {object} Shift
 * @property {string} name
 * @property {number} n
 * @property {number | null} difference
 * @property {number | null} low
 * @property {number | null} high
 * @property {number | null} spread
 * @property {"few" | "usual" | "shifted"} verdict
 *
 * @typedef {object} Overview
 * @property {"day" | "week" | "month"} length
 * @property {Period[]} periods
 * @property {Counts} counts
 * @property {OfVersion[]} versions
 * @property {Chart[]} charts
 * @property {{ patients: number, figures: Shift[] } | null} drift
 */

export {};
