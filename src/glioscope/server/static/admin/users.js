/** Who may use the server: added, changed, let in no more. */

import { get, send } from "../api.js";
import { byId, element } from "../dom.js";
import { t } from "../texts.js";
import { TokenDialog } from "./tokens.js";

/** @typedef {import("./audit.js").Tried} Tried */
/**
 * @typedef {{ id: string, name: string, role: string, sees_identity: boolean, disabled: boolean,
 *   locked: boolean, password: boolean, elsewhere: boolean }} User
 */
const ROLES = ["viewer", "reader", "admin"];

/** The table of users. */
export class UserTable {
  /**
   * @param {Tried} tried
   * @param {() => Promise<void>} afterwards Shows what a change has written into the audit.
   */
  constructor(tried, afterwards) {
    this.body = /** @type {HTMLElement} */ (byId("users").querySelector("tbody"));
    this.tokens = new TokenDialog(tried);
    this.tried = tried;
    this.afterwards = afterwards;
    const form = /** @type {HTMLFormElement} */ (byId("add"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#do(async () => {
        await send("POST", "/users", wantedOf(new FormData(form)));
        form.reset();
      });
    });
    void tried(() => this.#show());
  }

  async #show() {
    const { users } = await get("/users");
    const held = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.does;
    this.body.replaceChildren(...users.map((/** @type {User} */ user) => this.#line(user)));
    const again = held && this.body.querySelector(`[data-does="${held}"]`);
    if (again instanceof HTMLElement) again.focus();
  }

  /**
   * Does something and shows what became of it; also where it was refused, so that no control shows
   * what is not so.
   * @param {() => Promise<unknown>} doing
   */
  #do(doing) {
    void this.tried(async () => {
      try {
        await doing();
        byId("said").textContent = t("page.admin.done");
      } finally {
        await this.#show();
        await this.afterwards();
      }
    });
  }

  /**
   * @param {User} user
   * @param {Record<string, unknown>} wanted
   */
  #change(user, wanted) {
    this.#do(() => send("PATCH", `/users/${user.id}`, wanted));
  }

  /** @param {User} user */
  #line(user) {
    const role = element(
      "select",
      { "aria-label": `${t("page.admin.role")}: ${user.name}`, "data-does": `role ${user.id}` },
      ...ROLES.map((one) =>
        element("option", { value: one, selected: one === user.role }, t(`page.admin.role.${one}`)),
      ),
    );
    role.addEventListener("change", () => this.#change(user, { role: role.value }));
    const identity = element("input", {
      type: "checkbox",
      checked: user.sees_identity,
      "aria-label": `${t("page.admin.identity")}: ${user.name}`,
      "data-does": `identity ${user.id}`,
    });
    identity.addEventListener("change", () => {
      this.#change(user, { sees_identity: identity.checked });
    });
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, user.name),
      element("td", {}, role),
      element("td", {}, identity),
      element("td", {}, stateOf(user)),
      element("td", {}, ...this.#controls(user)),
    );
  }

  /** @param {User} user */
  #controls(user) {
    const disable = user.disabled ? "page.admin.enable" : "page.admin.disable";
    return [
      this.#control("page.admin.reset", user, () => this.#reset(user)),
      this.#control("page.admin.tokens", user, () => this.tokens.open(user, this.afterwards)),
      this.#control(disable, user, () => this.#change(user, { disabled: !user.disabled })),
    ];
  }

  /**
   * @param {string} code
   * @param {User} user
   * @param {() => void} act
   */
  #control(code, user, act) {
    const name = `${t(code)}: ${user.name}`;
    const does = code.startsWith("page.admin.reset") || code.endsWith("tokens") ? code : "able";
    const made = element(
      "button",
      { type: "button", class: "plain", "aria-label": name, "data-does": `${does} ${user.id}` },
      t(code),
    );
    made.addEventListener("click", act);
    return made;
  }

  /** @param {User} user */
  #reset(user) {
    const dialog = /** @type {HTMLDialogElement} */ (byId("reset"));
    const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
    form.reset();
    byId("reset-name").textContent = user.name;
    const closed = () => {
      const password = new FormData(form).get("password");
      if (dialog.returnValue === "yes" && password) {
        this.#do(() => send("PUT", `/users/${user.id}/password`, { password }));
      }
      form.reset();
    };
    dialog.returnValue = "";
    dialog.addEventListener("close", closed, { once: true });
    dialog.showModal();
  }
}

/** @param {User} user */
function stateOf(user) {
  if (user.disabled) return t("page.admin.state.disabled");
  if (user.locked) return t("page.admin.state.locked");
  if (user.elsewhere) return t("page.admin.state.elsewhere");
  return t(user.password ? "page.admin.state.password" : "page.admin.state.tokens");
}

/** @param {FormData} given */
function wantedOf(given) {
  return {
    name: given.get("name"),
    role: given.get("role"),
    sees_identity: given.has("sees_identity"),
    password: given.get("password") || null,
  };
}
