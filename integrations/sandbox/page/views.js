// Modals and the App Home tab.

import { draw } from "./blocks.js";
import { h } from "./dom.js";
import { readInputs } from "./elements.js";
import { emoji } from "./mrkdwn.js";

const words = (object) => emoji(object?.text ?? "");

/** The topmost open modal. `deeds`: press(view, element, blockId, chosen), submit(view, values), close(view). */
export class Modals {
  constructor(world, deeds) {
    this.world = world;
    this.deeds = deeds;
    this.dialog = null;
    this.shown = null;
  }

  /** Shows `view`, or nothing when there is none; leaves what is being filled in alone while the view is the same. */
  show(view) {
    const print = view ? JSON.stringify([view.id, view.hash, view.blocks, view.title, this.world.me]) : null;
    if (print === this.shown) return;
    const kept = this.dialog && view && this.view?.id === view.id ? readInputs(this.dialog) : {};
    this.dialog?.remove();
    this.dialog = null;
    this.shown = print;
    this.view = view;
    if (view) this.open(view, kept);
  }

  open(view, kept) {
    const scene = { world: this.world, press: (what, blockId, chosen) => this.deeds.press(view, what, blockId, chosen) };
    const close = () => this.deeds.close(view);
    this.problem = h("p", { class: "modal-problem", role: "alert" });
    const form = h(
      "form",
      { novalidate: true },
      h("header", {}, h("h2", { id: "modal-title" }, words(view.title)), h("button", { type: "button", class: "plain", "aria-label": "Close", onclick: close }, "✕")),
      h("div", { class: "modal-blocks" }, draw(view.blocks, scene)),
      this.problem,
      h(
        "footer",
        {},
        h("button", { type: "button", class: "slack-button", onclick: close }, words(view.close) || "Close"),
        view.submit ? h("button", { type: "submit", class: "slack-button primary" }, words(view.submit)) : null,
      ),
    );
    this.dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" }, form);
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      close();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(view);
    });
    this.refill(kept);
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.dialog.querySelector("[data-block]")?.focus({ preventScroll: true }); // a long answer is read from its beginning
  }

  /** An updated view keeps what was typed where block and action are the same. */
  refill(kept) {
    for (const node of this.dialog.querySelectorAll("input[data-block], textarea[data-block], select[data-block]")) {
      const before = kept[node.dataset.block]?.[node.spec.action_id];
      if (before?.value) node.value = before.value;
    }
  }

  async submit(view) {
    const missing = [...this.dialog.querySelectorAll("[data-input]")].filter((box) => this.empty(view, box));
    this.errors(Object.fromEntries(missing.map((box) => [box.dataset.input, "Please complete this required field."])));
    if (missing.length) return;
    const button = this.dialog.querySelector("button[type=submit]");
    button.classList.add("waiting");
    const answer = await this.deeds.submit(view, readInputs(this.dialog));
    button.classList.remove("waiting");
    if (answer?.problem) this.problem.textContent = answer.problem;
    if (answer?.errors) this.errors(answer.errors);
  }

  empty(view, box) {
    const block = view.blocks.find((b) => b.block_id === box.dataset.input);
    if (block.optional) return false;
    const filled = Object.values(readInputs(box)[block.block_id] ?? {})[0] ?? {};
    return !Object.entries(filled).some(([key, value]) => key !== "type" && value !== null && value !== undefined && value.length !== 0);
  }

  /** Slack shows an error under the input it belongs to. */
  errors(byBlock) {
    for (const box of this.dialog?.querySelectorAll("[data-input]") ?? []) {
      const said = byBlock[box.dataset.input] ?? "";
      box.querySelector(".input-error").textContent = said;
      box.querySelector("[data-block]").toggleAttribute("aria-invalid", Boolean(said));
      box.classList.toggle("wrong", Boolean(said));
    }
    this.dialog?.querySelector(".wrong [data-block]")?.focus();
  }
}

export function home(view, world, press) {
  if (!view) return h("p", { class: "empty" }, "The app has not published a home tab for this person yet.");
  return h("div", { class: "home-view" }, draw(view.blocks, { world, press: (what, blockId, chosen) => press(view, what, blockId, chosen) }));
}
