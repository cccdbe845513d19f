// Where one types: Enter sends, Shift and Enter makes a new line, the arrow brings back what was sent before.

import { h } from "./dom.js";

export function composer({ label, send, examples = [] }) {
  const sent = [];
  let back = 0;
  const box = h("textarea", { rows: 1, "aria-label": label, placeholder: label, autocomplete: "off", spellcheck: "false" });
  const button = h("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send (Enter)" }, "➤");
  const hints = h(
    "div",
    { class: "hints", role: "group", "aria-label": "Examples" },
    examples.map((example) => h("button", { type: "button", class: "hint-chip", onclick: () => put(example) }, example)),
  );
  const form = h("form", { class: "composer" }, examples.length ? hints : null, h("div", { class: "composer-box" }, box, button));

  function put(words) {
    box.value = words;
    grow();
    box.focus();
  }
  function grow() {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 140)}px`;
  }
  async function go() {
    const words = box.value.trim();
    if (!words) return;
    sent.push(words);
    back = 0;
    put("");
    await send(words);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      go();
    } else if (event.key === "ArrowUp" && !box.value && back < sent.length) {
      event.preventDefault();
      back += 1;
      put(sent[sent.length - back]);
    }
  });
  return { form, put, box };
}
