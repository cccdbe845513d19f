// "Act as": who the page is at the moment.

import { avatar, h } from "./dom.js";
import { clock, zoneName } from "./times.js";

const kindOf = (user) =>
  (user.deleted && "deactivated") || (user.is_stranger && "external") || ((user.is_restricted || user.is_ultra_restricted) && "guest") || "";

/** A button with the acting person and a list to choose another from. */
export function switcher(world, cast, become) {
  const box = h("details", { class: "switcher" });
  const list = h("div", { class: "switch-list", role: "listbox", "aria-label": "Act as" });
  const filter = h("input", { type: "search", placeholder: "Find a person", "aria-label": "Find a person" });
  const face = h("summary", { "aria-label": "Act as somebody else" });
  box.append(face, h("div", { class: "switch-panel" }, filter, list));

  function row(user) {
    const role = cast[user.id] || "";
    return h(
      "button",
      {
        type: "button", role: "option", class: "switch-row", "data-user": user.id, "aria-selected": String(user.id === world.me),
        onclick: () => {
          box.open = false;
          filter.value = "";
          become(user.id);
        },
      },
      avatar(user),
      h("span", {}, h("strong", {}, user.real_name), h("small", {}, [role || kindOf(user), zoneName(user.tz)].filter(Boolean).join(" · "))),
    );
  }
  function draw() {
    const me = world.user(world.me);
    if (!me) return;
    face.replaceChildren(
      avatar(me),
      h("span", { class: "who" }, h("small", {}, "Acting as"), h("strong", {}, me.real_name), h("small", {}, cast[me.id] || kindOf(me) || "colleague"), h("small", {}, `${clock(world.now(), me.tz)} ${zoneName(me.tz)}`)),
      h("span", { class: "chevron", "aria-hidden": "true" }, "⌄"),
    );
    const wanted = filter.value.toLowerCase();
    const order = Object.keys(cast);
    const place = (user) => (order.includes(user.id) ? order.indexOf(user.id) : 99);
    const people = world.people().filter((u) => `${u.real_name} ${cast[u.id] ?? ""} ${kindOf(u)}`.toLowerCase().includes(wanted));
    list.replaceChildren(...people.sort((a, b) => place(a) - place(b)).map(row));
  }
  filter.addEventListener("input", draw);
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") list.querySelector("button")?.click();
  });
  box.addEventListener("toggle", () => {
    if (box.open) {
      draw();
      filter.focus();
    }
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      box.open = false;
      face.focus();
    }
  });
  return { box, draw };
}
