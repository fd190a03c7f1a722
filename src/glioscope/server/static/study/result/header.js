/** The head of the study: whose, when, what was found, and files to take away. */

import { element } from "../../dom.js";
import { day, probability } from "../../format.js";
import { t } from "../../texts.js";
import { volumeText } from "./wording.js";

/** @typedef {import("../source.js").Result} Result */
/** @typedef {import("../source.js").Study} Study */

/** Files by name, in the order in which they are wanted, and what each is. */
const FILES = [
  ["report.ru.pdf", "page.study.file.pdf_ru"],
  ["report.en.pdf", "page.study.file.pdf_en"],
  ["report.ru.html", "page.study.file.html_ru"],
  ["report.en.html", "page.study.file.html_en"],
  ["overview.ru.png", "page.study.file.overview_ru"],
  ["overview.en.png", "page.study.file.overview_en"],
  ["seg.dcm", "page.study.file.seg"],
  ["sr.dcm", "page.study.file.sr"],
  ["mask.nii.gz", "page.study.file.mask"],
  ["probability.nii.gz", "page.study.file.probability"],
  ["analysis.json", "page.study.file.analysis"],
];

/** @param {Study} study */
export function identity(study) {
  const who = [study.patient_name ?? study.patient_id ?? study.name, study.accession];
  const when = study.study_date ? day(study.study_date) : null;
  const name = element("h1", {}, who.filter(Boolean).join(" · "));
  return element("div", { class: "identity" }, back(), name, ...(when ? [dated(when)] : []));
}

function back() {
  return element("a", { href: "/", class: "back" }, `‹ ${t("page.study.back")}`);
}

/** @param {string} when */
function dated(when) {
  return element("span", { class: "faint" }, when);
}

/** @param {Result} result */
export function conclusionLine({ analysis }) {
  const found = analysis.decision === "tumour";
  const code = found ? "page.study.decision.tumour" : "page.study.decision.none";
  const line = element("p", { class: found ? "decision found" : "decision" });
  line.append(
    element("span", { class: "sign" }),
    element("span", {}, t(code)),
    element("strong", {}, probability(analysis.probability)),
  );
  if (found) line.append("·", element("strong", { id: "volume" }, volumeOf(analysis)));
  return line;
}

/** @param {any} analysis */
function volumeOf(analysis) {
  const voxels = analysis.findings.reduce(
    (/** @type {number} */ sum, /** @type {{voxels: number}} */ one) => sum + one.voxels,
    0,
  );
  return volumeText(analysis.volume_ml, voxels, analysis.volume_interval);
}

/** @param {Result} result */
export function downloads({ base, files }) {
  const there = new Set(files.map(({ name }) => name));
  const links = FILES.filter(([name]) => there.has(name)).map(([name, code]) => {
    const address = `${base}/files/${name}`;
    const shown = /\.(pdf|html|png)$/.test(name);
    const link = element("a", { href: address }, t(code));
    if (shown) link.target = "_blank";
    else link.download = name;
    return element("li", {}, link);
  });
  const summary = element("summary", { class: "button" }, t("page.study.files"));
  const menu = element("details", { class: "files" }, summary, element("ul", {}, ...links));
  document.addEventListener("click", (event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  });
  return menu;
}
