/** Tokens of programs that act as a user: made, shown this once, revoked. */

import { get, send } from "../api.js";
import { byId, element } from "../dom.js";
import { moment } from "../format.js";
import { t } from "../texts.js";

/** @typedef {{ id: string, label: string | null, ends_at: number | null }} Token */

/** The dialog of one user's tokens. */
export class TokenDialog {
  /** @param {import("./audit.js").Tried} tried */
  constructor(tried) {
    this.dialog = /** @type {HTMLDialogElement} */ (byId("tokens"));
    this.form = /** @type {HTMLFormElement} */ (byId("new-token"));
    this.secret = byId("secret");
    this.user = "";
    this.tried = tried;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void tried(() => this.#make());
    });
  }

  /**
   * @param {{ id: string, name: string }} user
   * @param {() => Promise<void>} afterwards
   */
  open(user, afterwards) {
    this.user = user.id;
    this.secret.textContent = "";
    byId("tokens-name").textContent = user.name;
    const closed = () => {
      this.secret.textContent = "";
      void this.tried(afterwards);
    };
    this.dialog.addEventListener("close", closed, { once: true });
    void this.tried(async () => {
      await this.#show();
      this.dialog.showModal();
    });
  }

  async #show() {
    const { tokens } = await get(`/users/${this.user}/tokens`);
    const lines = tokens.map((/** @type {Token} */ token) => this.#line(token));
    byId("token-list").replaceChildren(...lines);
  }

  async #make() {
    const given = new FormData(this.form);
    const days = Number(given.get("days")) || null;
    const { token } = await send("POST", `/users/${this.user}/tokens`, {
      label: given.get("label"),
      days,
    });
    this.form.reset();
    this.secret.textContent = t("page.admin.token.made", { token });
    await this.#show();
  }

  /** @param {Token} token */
  #line(token) {
    const until =
      token.ends_at === null
        ? t("page.admin.token.ever")
        : t("page.admin.token.until", { at: moment(token.ends_at) });
    const label = token.label ?? "";
    const revoke = element(
      "button",
      { type: "button", "aria-label": `${t("page.admin.token.revoke")}: ${label}` },
      t("page.admin.token.revoke"),
    );
    revoke.addEventListener("click", () => {
      void this.tried(async () => {
        await send("DELETE", `/users/${this.user}/tokens/${token.id}`);
        await this.#show();
      });
    });
    return element("li", {}, element("span", {}, `${label}, ${until}`), revoke);
  }
}
