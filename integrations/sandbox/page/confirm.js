// "Are you sure?": Slack's confirm dialog, and the page's own questions in the same dress.

import { h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

const words = (object, world) => (object?.type === "mrkdwn" ? mrkdwn(object.text, world) : (object?.text ?? ""));

/** True when the person agreed. Escape is a no. */
export function ask(confirm, world) {
  return new Promise((answered) => {
    const agree = h("button", { type: "submit", value: "yes", class: `slack-button ${confirm.style ?? "primary"}` }, words(confirm.confirm, world) || "Yes");
    const dialog = h(
      "dialog",
      { class: "confirm", "aria-labelledby": "confirm-title" },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: "confirm-title" }, words(confirm.title, world)),
        h("div", { class: "confirm-text" }, words(confirm.text, world)),
        h(
          "div",
          { class: "dialog-buttons" },
          h("button", { type: "submit", value: "no", class: "slack-button" }, words(confirm.deny, world) || "Cancel"),
          agree,
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      answered(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
    agree.focus();
  });
}
