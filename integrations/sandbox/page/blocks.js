// Block Kit as nodes: what Slack can show in a message, a modal or a home tab.
//
// `scene` is where the blocks stand: {world, press(element, blockId, chosen)}. Inside an `input` block nothing is
// pressed: `readInputs` reads what was filled in when the modal is submitted.

import { ask as askFirst } from "./confirm.js";
import { h, link } from "./dom.js";
import { element, inputElement } from "./elements.js";
import { emoji, mrkdwn } from "./mrkdwn.js";
import { slackDate } from "./times.js";

export function text(object, world) {
  if (!object) return "";
  return object.type === "mrkdwn" ? mrkdwn(object.text, world) : emoji(object.text ?? "");
}

export function draw(blocks, scene) {
  return (blocks ?? []).map((block) => {
    const drawn = (KINDS[block.type] ?? unknown)(block, scene);
    drawn.classList.add("block", `block-${block.type}`);
    return drawn;
  });
}

const KINDS = {
  header: (block, { world }) => h("h3", {}, text(block.text, world)),
  divider: () => h("hr"),
  section,
  context: (block, { world }) => h("div", {}, block.elements.map((e) => (e.type === "image" ? picture(e) : h("span", {}, text(e, world))))),
  actions: (block, scene) => h("div", {}, block.elements.map((e) => control(e, block, scene))),
  image: (block, { world }) =>
    h("figure", {}, block.title ? h("figcaption", {}, text(block.title, world)) : null, picture(block)),
  input,
  rich_text: (block, { world }) => h("div", {}, block.elements.map((part) => rich(part, world))),
  markdown: (block, { world }) => h("div", {}, mrkdwn(block.text.replaceAll("**", "*"), world)),
  table: (block, { world }) =>
    h("table", {}, block.rows.map((row, at) => h("tr", {}, row.map((cell) => h(at ? "td" : "th", {}, cellWords(cell, world)))))),
  alert: (block, { world }) => h("div", { class: `alert-${block.level ?? "default"}` }, text(block.text, world)),
};

const unknown = (block) => h("div", { class: "unknown-block" }, `(a block of type “${block.type}”, which this page does not draw)`);

function section(block, scene) {
  const { world } = scene;
  const fields = (block.fields ?? []).map((field) => h("div", { class: "field" }, text(field, world)));
  return h(
    "div",
    {},
    h("div", { class: "section-text" }, text(block.text, world), fields.length ? h("div", { class: "fields" }, fields) : null),
    block.accessory ? h("div", { class: "accessory" }, control(block.accessory, block, scene)) : null,
  );
}

const control = (what, block, scene) =>
  element(what, scene, async (chosen) => {
    if (what.confirm && !(await askFirst(what.confirm, scene.world))) return;
    await scene.press(what, block.block_id, chosen);
  });

function input(block, scene) {
  const { world } = scene;
  const id = `in-${block.block_id}`;
  const field = inputElement(block.element, scene, id);
  field.dataset.block = block.block_id;
  const error = h("p", { class: "input-error", id: `${id}-error`, role: "alert" });
  return h(
    "div",
    { "data-input": block.block_id },
    h("label", { for: id }, text(block.label, world), block.optional ? h("span", { class: "optional" }, " (optional)") : null),
    field,
    error,
    block.hint ? h("p", { class: "hint" }, text(block.hint, world)) : null,
  );
}

function picture(image) {
  const url = image.image_url ?? image.slack_file?.url;
  const shown = h("img", { src: url, alt: image.alt_text ?? "", loading: "lazy" });
  return url && image.type === "image" && image.title !== undefined ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, shown) : shown;
}

const cellWords = (cell, world) => (cell.elements ? cell.elements.map((part) => rich(part, world)) : String(cell.text ?? ""));

function rich(part, world) {
  const children = () => (part.elements ?? []).map((e) => rich(e, world));
  switch (part.type) {
    case "rich_text_section":
      return h("div", {}, children());
    case "rich_text_list":
      return h(part.style === "ordered" ? "ol" : "ul", {}, part.elements.map((e) => h("li", {}, rich(e, world))));
    case "rich_text_quote":
      return h("blockquote", {}, children());
    case "rich_text_preformatted":
      return h("pre", {}, children());
    case "link":
      return styled(link(part.url, part.text ?? part.url), part.style);
    case "user":
      return h("span", { class: "mention" }, `@${world.nameOf(part.user_id) ?? part.user_id}`);
    case "usergroup":
      return h("span", { class: "mention" }, `@${world.groupName(part.usergroup_id) ?? part.usergroup_id}`);
    case "channel":
      return h("span", { class: "mention" }, `#${world.channelName(part.channel_id) ?? part.channel_id}`);
    case "emoji":
      return emoji(`:${part.name}:`);
    case "date":
      return h("time", { class: "date" }, slackDate(part.timestamp, part.format, part.fallback ?? "", world.zone, world.now()));
    default:
      return styled(h("span", {}, part.text ?? ""), part.style);
  }
}

function styled(node, style = {}) {
  const tags = { bold: "strong", italic: "em", strike: "s", code: "code" };
  return Object.entries(tags).reduce((inner, [name, tag]) => (style?.[name] ? h(tag, {}, inner) : inner), node);
}
