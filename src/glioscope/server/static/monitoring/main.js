/** The page of what is watched, put together. */

import { get, Problem } from "../api.js";
import { byId, element } from "../dom.js";
import { t } from "../texts.js";
import { draw } from "./chart.js";
import { showDrift } from "./drift.js";
import { ownZone, query, wantedOf } from "./query.js";
import { chartTable, countTables } from "./tables.js";
import { beyondLimits, figure, latest, summary } from "./wording.js";

/** @typedef {import("./shapes.js").Chart} Chart */
/** @typedef {import("./shapes.js").Overview} Overview */

const COUNTED = ["studies", "results", "refused", "failed", "open", "reviewed", "accepted",
  "corrected", "rejected"];
const form = /** @type {HTMLFormElement} */ (byId("range"));
let asked = new AbortController();

/** @param {string} name */
function field(name) {
  return /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));
}

function wanted() {
  return { period: field("period").value, from: field("from").value, to: field("to").value };
}

/** @param {Chart} chart @param {Overview} found */
function shown(chart, found) {
  const last = latest(chart);
  const beyond = beyondLimits(chart, found).length > 0;
  return element(
    "figure",
    {},
    element(
      "figcaption",
      {},
      element("span", { class: "name" }, t(`page.monitoring.chart.${chart.name}`)),
      element("span", { class: "now" },
        t("page.monitoring.last", { value: figure(chart, last?.value ?? null) })),
      element("span", { class: "said" }, t(`page.monitoring.of.${chart.name}`)),
    ),
    draw(chart, found),
    element("p", { class: beyond ? "said beyond" : "said" }, summary(chart, found)),
    element(
      "details",
      {},
      element("summary", {}, t("page.monitoring.table")),
      chartTable(chart, found),
    ),
  );
}

/** @param {Overview} found */
function show(found) {
  byId("counts").replaceChildren(
    ...COUNTED.map((name) =>
      element("div", {}, element("dt", {}, t(`page.monitoring.count.${name}`)),
        element("dd", {}, String(found.counts[name])))),
  );
  const known = found.charts.filter((chart) => latest(chart));
  byId("charts").replaceChildren(...known.map((chart) => shown(chart, found)));
  byId("tables").replaceChildren(...countTables(found));
  showDrift(byId("drift"), found);
}

/** @param {"loading" | "empty" | "unfound" | "" } why */
function showNothing(why) {
  byId("watched").hidden = why !== "";
  byId("nothing").hidden = why === "";
  if (why === "") return;
  const next = why === "loading" ? [] : [element("p", { class: "faint" },
    t(why === "empty" ? "page.monitoring.empty.next" : "page.monitoring.unfound.next"))];
  byId("nothing").replaceChildren(element("h2", {}, t(`page.monitoring.${why}`)), ...next);
}

/** @param {unknown} error */
function complain(error) {
  if (!(error instanceof Problem)) throw error;
  byId("problem").textContent = error.detail;
  byId("problem").hidden = false;
}

async function load() {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const range = query(wanted(), ownZone());
  for (const kind of ["csv", "json"]) {
    document.getElementById(kind)?.setAttribute("href", `/api/v1/monitoring.${kind}${range}`);
  }
  document.getElementById("order")?.setAttribute("href", `/api/v1/monitoring-4472.csv${range}`);
  byId("problem").hidden = true;
  try {
    /** @type {Overview} */
    const found = await get(`/monitoring${range}`, signal);
    show(found);
    const chosen = wanted();
    const none = found.counts.studies === 0;
    showNothing(none ? (chosen.from || chosen.to ? "unfound" : "empty") : "");
    byId("said").textContent = t("page.monitoring.said", { count: found.counts.studies });
  } catch (error) {
    if (!signal.aborted) complain(error);
  }
}

form.addEventListener("change", () => {
  history.replaceState(null, "", location.pathname + query(wanted()));
  void load();
});
form.addEventListener("submit", (event) => event.preventDefault());

for (const [name, value] of Object.entries(wantedOf(location.search))) field(name).value = value;
showNothing("loading");
void load();
