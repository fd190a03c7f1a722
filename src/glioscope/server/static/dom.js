/** Elements made by scripts, without HTML in strings. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes and content; null, false and "" leave an attribute out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | null>} [attributes]
 * @param {(Node | string)[]} content
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  describe(made, attributes);
  made.append(...content);
  return made;
}

/**
 * The same, of a drawing.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null>} [attributes]
 * @param {Node[]} content
 */
export function drawing(tag, attributes = {}, ...content) {
  const made = document.createElementNS(SVG, tag);
  describe(made, attributes);
  made.append(...content);
  return made;
}

/**
 * The element of an id, which the page is known to have.
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} id
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return /** @type {Kind} */ (found);
}

/**
 * @param {Element} made
 * @param {Record<string, string | number | boolean | null>} attributes
 */
function describe(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === "") continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * The value of the button by which the form of an open dialog is answered; empty when it was left.
 *
 * The form tells at once; a browser tells of a closed dialog with its next frame only, which may be
 * long in coming, and when the next question may be open.
 * @param {HTMLDialogElement} dialog
 * @returns {Promise<string>}
 */
export function answerOf(dialog) {
  const heard = new AbortController();
  return new Promise((resolve) => {
    const end = (/** @type {string} */ value) => {
      heard.abort();
      resolve(value);
    };
    const { signal } = heard;
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close();
      end(/** @type {HTMLButtonElement | null} */ (event.submitter)?.value ?? "");
    }, { signal });
    dialog.addEventListener("close", () => !dialog.open && end(""), { signal });
  });
}
