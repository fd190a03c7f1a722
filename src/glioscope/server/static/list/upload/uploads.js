/** What is being handed in: a line for each, with its progress and its end. */

import { Problem } from "../../api.js";
import { byId, element } from "../../dom.js";
import { decimal } from "../../format.js";
import { t } from "../../texts.js";
import { Transfer } from "./transfer.js";

/** @typedef {import("./entries.js").Picked} Picked */
/** @typedef {import("./transfer.js").Progress} Progress */
/** @typedef {import("./transfer.js").Taken} Taken */

const MB = 2 ** 20;
const MOST_LINKS = 3;

/** @type {Promise<void>} One after the other: two at once are each slower. */
let before = Promise.resolve();
let unfinished = 0;

window.addEventListener("beforeunload", (event) => {
  if (unfinished > 0) event.preventDefault();
});

/**
 * @param {Picked[]} picked
 * @param {import("./transfer.js").Wish} wish
 * @param {(text: string) => void} announce
 */
export function handIn(picked, wish, announce) {
  const line = new UploadLine(picked, wish, announce);
  byId("uploads").append(line.item);
  byId("uploads").hidden = false;
  line.queue();
}

class UploadLine {
  /**
   * @param {Picked[]} picked
   * @param {import("./transfer.js").Wish} wish
   * @param {(text: string) => void} announce
   */
  constructor(picked, wish, announce) {
    this.announce = announce;
    this.transfer = new Transfer(picked, wish, (progress) => this.#show(progress));
    this.stopped = false;
    const label = { "aria-label": t("page.upload.progress") };
    this.bar = element("progress", { ...label, max: Math.max(1, this.transfer.total), value: 0 });
    this.told = element("span", { class: "told" }, t("page.upload.queued"));
    this.buttons = element("span", { class: "buttons" });
    const name = element("span", { class: "name" }, title(picked));
    this.item = element("li", {}, name, this.bar, this.told, this.buttons);
  }

  queue() {
    this.#offer(["page.upload.cancel", () => this.#cancel()]);
    unfinished += 1;
    before = before.then(() => this.#run()).finally(() => {
      unfinished -= 1;
    });
  }

  async #run() {
    if (this.stopped) return;
    try {
      this.#end(await this.transfer.run());
    } catch (error) {
      if (this.stopped) return;
      const said = error instanceof Problem ? error.detail : t("page.upload.unreadable");
      this.#fail(said);
    }
  }

  /** @param {Progress} progress */
  #show({ at, sent }) {
    if (this.stopped) return;
    if (at === "reading") this.bar.removeAttribute("value");
    else this.bar.value = sent;
    const sizes = { sent: megabytes(sent), total: megabytes(this.transfer.total) };
    const codes = {
      sending: "page.upload.sent",
      waiting: "page.upload.waiting",
      reading: "page.upload.reading",
    };
    this.told.textContent = t(codes[at], sizes);
  }

  /** @param {Taken[]} taken */
  #end(taken) {
    const known = taken.filter((one) => one.known);
    const parts = [];
    if (known.length < taken.length) {
      parts.push(t("page.upload.taken", { count: taken.length - known.length }));
    }
    if (known.length > 0) parts.push(t("page.upload.known", { count: known.length }));
    this.told.textContent = `✓ ${parts.join(" ")} `;
    for (const { id } of known.slice(0, MOST_LINKS)) {
      this.told.append(element("a", { href: `/studies/${id}` }, t("page.upload.open")), " ");
    }
    this.bar.hidden = true;
    this.announce(parts.join(" "));
    this.#offer(["page.upload.close", () => this.#remove()]);
  }

  /** @param {string} said */
  #fail(said) {
    this.told.textContent = `✕ ${said}`;
    this.told.classList.add("failed");
    this.bar.hidden = true;
    this.announce(said);
    this.#offer(
      ["page.upload.again", () => this.#again()],
      ["page.upload.close", () => this.#cancel()],
    );
  }

  #again() {
    this.told.classList.remove("failed");
    this.told.textContent = t("page.upload.queued");
    this.bar.hidden = false;
    this.queue();
  }

  #cancel() {
    this.stopped = true;
    void this.transfer.cancel();
    this.#remove();
  }

  #remove() {
    this.item.remove();
    byId("uploads").hidden = byId("uploads").childElementCount === 0;
    // The line that held the focus is gone.
    byId("pick-files").focus();
  }

  /** @param {[string, () => void][]} choices */
  #offer(...choices) {
    const made = choices.map(([code, act]) => {
      const button = element("button", { type: "button" }, t(code));
      button.addEventListener("click", act);
      return button;
    });
    this.buttons.replaceChildren(...made);
  }
}

/** @param {Picked[]} picked */
function title(picked) {
  const [first] = picked[0].path.split("/");
  if (picked.length === 1) return first;
  const alike = picked.every(({ path }) => path.startsWith(`${first}/`));
  return t("page.upload.of", { name: alike ? first : `${first}, …`, count: picked.length });
}

/** @param {number} bytes */
function megabytes(bytes) {
  return decimal(bytes / MB, bytes < 100 * MB ? 1 : 0);
}
