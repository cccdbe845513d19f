// The things one can press, choose or fill in: buttons, selects, dates, boxes and text fields.

import { h } from "./dom.js";
import { emoji } from "./mrkdwn.js";
import { clock, instantOf, isoDay } from "./times.js";

const plain = (object) => emoji(object?.text ?? "");

/** An element that acts as soon as it is used; `used` gets what was chosen, in the words of Slack's payload. */
export function element(what, scene, used) {
  if (what.type === "button") return button(what, used);
  if (what.type === "image") return h("img", { src: what.image_url, alt: what.alt_text ?? "" });
  if (what.type === "overflow") return overflow(what, used);
  const field = inputElement(what, scene, null);
  field.classList.add("live");
  field.setAttribute("aria-label", plain(what.placeholder) || what.action_id);
  field.addEventListener("change", () => used(readElement(field)));
  return field;
}

function button(what, used) {
  const node = h(
    "button",
    {
      type: "button",
      class: `slack-button ${what.style ?? ""}`,
      "data-action": what.action_id,
      "aria-label": what.accessibility_label,
      onclick: async () => {
        if (node.getAttribute("aria-disabled")) return;
        node.setAttribute("aria-disabled", "true");
        node.classList.add("waiting");
        if (/^https?:/i.test(what.url ?? "")) window.open(what.url, "_blank", "noopener,noreferrer");
        await used({ value: what.value });
        node.removeAttribute("aria-disabled");
        node.classList.remove("waiting");
      },
    },
    plain(what.text),
  );
  return node;
}

function overflow(what, used) {
  const menu = h(
    "select",
    { class: "overflow live", "data-action": what.action_id, "aria-label": "More actions" },
    h("option", { value: "" }, "⋯"),
    what.options.map((option) => h("option", { value: option.value }, plain(option.text))),
  );
  menu.addEventListener("change", async () => {
    const option = what.options.find((o) => o.value === menu.value);
    menu.value = "";
    if (option) await used({ selected_option: option });
  });
  return menu;
}

const initial = (what) => what.initial_option?.value ?? what.initial_user ?? what.initial_conversation ?? what.initial_channel ?? "";

const FIELDS = {
  plain_text_input: (what, _, id) =>
    h(what.multiline ? "textarea" : "input", {
      id, type: what.multiline ? null : "text", rows: what.multiline ? 4 : null, placeholder: plain(what.placeholder),
      value: what.initial_value ?? "", maxlength: what.max_length,
    }),
  number_input: (what, _, id) => h("input", { id, type: "number", value: what.initial_value ?? "", min: what.min_value, max: what.max_value }),
  email_text_input: (what, _, id) => h("input", { id, type: "email", value: what.initial_value ?? "" }),
  url_text_input: (what, _, id) => h("input", { id, type: "url", value: what.initial_value ?? "" }),
  datepicker: (what, _, id) => h("input", { id, type: "date", value: what.initial_date ?? "" }),
  timepicker: (what, _, id) => h("input", { id, type: "time", value: what.initial_time ?? "" }),
  datetimepicker: (what, { world }, id) => {
    const at = what.initial_date_time ? new Date(what.initial_date_time * 1000) : null;
    return h("input", { id, type: "datetime-local", value: at ? `${isoDay(at, world.zone)}T${clock(at, world.zone)}` : "" });
  },
  static_select: (what, _, id) => choices(what, id, options(what)),
  external_select: (what, _, id) => choices(what, id, options(what)),
  users_select: (what, { world }, id) => choices(what, id, people(world)),
  conversations_select: (what, { world }, id) => choices(what, id, channels(world)),
  channels_select: (what, { world }, id) => choices(what, id, channels(world)),
  multi_static_select: (what, _, id) => boxes(what, id, "checkbox", options(what), (what.initial_options ?? []).map((o) => o.value)),
  multi_users_select: (what, { world }, id) => boxes(what, id, "checkbox", people(world), what.initial_users ?? []),
  checkboxes: (what, _, id) => boxes(what, id, "checkbox", options(what), (what.initial_options ?? []).map((o) => o.value)),
  radio_buttons: (what, _, id) => boxes(what, id, "radio", options(what), [initial(what)]),
};

export function inputElement(what, scene, id) {
  const make = FIELDS[what.type];
  const node = make ? make(what, scene, id) : h("span", { class: "unknown-block" }, `(an element of type “${what.type}”)`);
  node.spec = what;
  node.scene = scene;
  node.dataset.action = what.action_id;
  if (id) node.setAttribute("aria-describedby", `${id}-error`);
  return node;
}

const options = (what) => what.options ?? (what.option_groups ?? []).flatMap((group) => group.options);
const people = (world) => world.people().map((u) => ({ value: u.id, text: { text: u.real_name } }));
const channels = (world) => world.channels().map((c) => ({ value: c.id, text: { text: `#${c.name}` } }));

function choices(what, id, all) {
  const node = h(
    "select",
    { id },
    h("option", { value: "" }, plain(what.placeholder) || "Choose…"),
    all.map((option) => h("option", { value: option.value }, plain(option.text))),
  );
  node.value = initial(what);
  return node;
}

function boxes(what, id, type, all, chosen) {
  const rows = all.map((option, at) =>
    h(
      "label",
      { class: "box" },
      h("input", { type, name: id ?? what.action_id, value: option.value, checked: chosen.includes(option.value), id: at ? null : id }),
      h("span", {}, plain(option.text), option.description ? h("small", {}, plain(option.description)) : null),
    ),
  );
  return h("div", { class: "boxes", role: "group" }, rows);
}

/** What stands in a field, as Slack writes it into `state.values`. */
export function readElement(node) {
  const what = node.spec;
  const find = (value) => options(what).find((o) => o.value === value) ?? null;
  const ticked = () => [...node.querySelectorAll("input:checked")].map((box) => box.value);
  const filled = node.value || null;
  switch (what.type) {
    case "static_select":
    case "external_select":
      return { type: what.type, selected_option: find(node.value) };
    case "radio_buttons":
      return { type: what.type, selected_option: find(ticked()[0]) };
    case "checkboxes":
    case "multi_static_select":
      return { type: what.type, selected_options: ticked().map(find) };
    case "multi_users_select":
      return { type: what.type, selected_users: ticked() };
    case "users_select":
      return { type: what.type, selected_user: filled };
    case "channels_select":
      return { type: what.type, selected_channel: filled };
    case "conversations_select":
      return { type: what.type, selected_conversation: filled };
    case "datepicker":
      return { type: what.type, selected_date: filled };
    case "timepicker":
      return { type: what.type, selected_time: filled };
    case "datetimepicker":
      return { type: what.type, selected_date_time: filled ? instantOf(...node.value.split("T"), node.scene.world.zone).getTime() / 1000 : null };
    default:
      return { type: what.type, value: filled };
  }
}

/** Everything filled in below `root`, by block and action. */
export function readInputs(root) {
  const values = {};
  for (const node of root.querySelectorAll("[data-block]")) {
    values[node.dataset.block] = { [node.spec.action_id]: readElement(node) };
  }
  return values;
}
