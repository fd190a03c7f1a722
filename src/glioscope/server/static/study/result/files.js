/** Files to take away, in a menu. */

import { element } from "../../dom.js";
import { t } from "../../texts.js";

/** Files by name, in the order in which they are wanted, and what each is. */
const FILES = [
  ["report.ru.pdf", "page.study.file.pdf_ru"],
  ["report.en.pdf", "page.study.file.pdf_en"],
  ["report.ru.html", "page.study.file.html_ru"],
  ["report.en.html", "page.study.file.html_en"],
  ["overview.ru.png", "page.study.file.overview_ru"],
  ["overview.en.png", "page.study.file.overview_en"],
  ["seg.dcm", "page.study.file.seg"],
  ["classes_seg.dcm", "page.study.file.classes_seg"],
  ["sr.dcm", "page.study.file.sr"],
  ["key_images.dcm", "page.study.file.key_images"],
  ["mask.nii.gz", "page.study.file.mask"],
  ["classes.nii.gz", "page.study.file.classes"],
  ["probability.nii.gz", "page.study.file.probability"],
  ["analysis.json", "page.study.file.analysis"],
];

/**
 * @param {string} base Address of the files.
 * @param {() => Promise<{name: string}[]>} list Asked when the menu is opened.
 * @param {string} [kind] Class of what opens it.
 */
export function filesMenu(base, list, kind = "button") {
  const summary = element("summary", { class: kind }, t("page.study.files"));
  const places = element("ul", {});
  const menu = element("details", { class: "files" }, summary, places);
  menu.addEventListener("toggle", async () => {
    if (!menu.open || places.children.length > 0) return;
    const files = await list().catch(() => null);
    if (files) places.replaceChildren(...links(base, files));
    else places.replaceChildren(element("li", {}, t("page.server.away")));
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  });
  return menu;
}

/**
 * @param {string} base
 * @param {{name: string}[]} files
 */
function links(base, files) {
  const there = new Set(files.map(({ name }) => name));
  return FILES.filter(([name]) => there.has(name)).map(([name, code]) => {
    const link = element("a", { href: `${base}/${name}` }, t(code));
    if (/\.(pdf|html|png)$/.test(name)) link.target = "_blank";
    else link.download = name;
    return element("li", {}, link);
  });
}
