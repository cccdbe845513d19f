// A message as the channel shows it: author, time, blocks, unfurls, thread summary, and the menu behind "…".

import { draw } from "./blocks.js";
import { avatar, h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { clock, longDay } from "./times.js";

export const instantOfTs = (ts) => new Date(Number(ts.split(".")[0]) * 1000);

/** `deeds`: press(message, element, blockId, chosen), openThread(ts), shortcut(message, shortcut). */
export function message(said, world, deeds, { inThread = false } = {}) {
  if (said.subtype === "tombstone") return h("article", { class: "message gone" }, "This message was deleted.");
  const author = world.user(said.user) ?? world.user(said.bot_id) ?? { id: "?", real_name: said.username ?? "Slack" };
  const at = instantOfTs(said.ts);
  const scene = { world, press: (what, blockId, chosen) => deeds.press(said, what, blockId, chosen) };
  return h(
    "article",
    { class: `message${said.is_ephemeral ? " ephemeral" : ""}${said.is_error ? " error" : ""}`, "data-ts": said.ts },
    avatar(author),
    h(
      "div",
      { class: "said" },
      said.is_ephemeral ? h("div", { class: "only-you" }, "Only you can see this") : null,
      h(
        "header",
        {},
        h("strong", {}, author.real_name),
        author.is_bot ? h("span", { class: "badge" }, "APP") : null,
        h("time", { datetime: at.toISOString(), title: longDay(at, world.zone) }, clock(at, world.zone)),
      ),
      h("div", { class: "content" }, content(said, scene)),
      (said.files ?? []).map((file) => shownFile(file, world)),
      (said.attachments ?? []).map((attached) => unfurl(attached, scene)),
      !inThread && said.reply_count ? threadSummary(said, world, deeds) : null,
    ),
    said.is_ephemeral ? null : menu(said, world, deeds, inThread),
  );
}

function content(said, scene) {
  if (said.blocks?.length) return draw(said.blocks, scene);
  return [h("p", {}, mrkdwn(said.text, scene.world), said.edited ? h("small", { class: "edited" }, " (edited)") : null)];
}

/** An image stands there with its alternative text and opens whole; any other file is its name. */
function shownFile(file, world) {
  const url = `/control/slack/files/${encodeURIComponent(file.id)}?as=${encodeURIComponent(world.me)}`;
  const open = { href: url, target: "_blank", rel: "noopener noreferrer" };
  if (!file.mimetype.startsWith("image/")) return h("a", open, file.title);
  const image = h("img", { src: url, alt: file.alt_txt || file.title, title: file.title });
  return h("figure", { class: "file" }, h("figcaption", {}, file.title), h("a", open, image));
}

function unfurl(attached, scene) {
  const { world } = scene;
  return h(
    "div",
    { class: "unfurl" },
    attached.title ? h("strong", {}, mrkdwn(attached.title, world)) : null,
    attached.blocks ? draw(attached.blocks, scene) : h("div", {}, mrkdwn(attached.text ?? attached.fallback ?? "", world)),
  );
}

function threadSummary(said, world, deeds) {
  const count = said.reply_count;
  const last = said.latest_reply ? ` · last ${clock(instantOfTs(said.latest_reply), world.zone)}` : "";
  return h(
    "button",
    { type: "button", class: "thread-summary", onclick: () => deeds.openThread(said.ts) },
    h("span", { class: "faces" }, (said.reply_users ?? []).slice(0, 4).map((id) => avatar(world.user(id), true))),
    h("strong", {}, `${count} ${count === 1 ? "reply" : "replies"}`),
    h("span", {}, last),
  );
}

function menu(said, world, deeds, inThread) {
  const items = world.shortcuts().map((shortcut) =>
    h("button", { type: "button", role: "menuitem", onclick: () => choose(() => deeds.shortcut(said, shortcut)) }, shortcut.name),
  );
  if (!inThread) items.unshift(h("button", { type: "button", role: "menuitem", onclick: () => choose(() => deeds.openThread(said.ts)) }, "Reply in thread"));
  const list = h("div", { class: "menu-list", role: "menu" }, items);
  const box = h("details", { class: "message-menu" }, h("summary", { "aria-label": "More actions for this message", title: "More actions" }, "⋯"), list);
  const choose = (deed) => {
    box.open = false;
    deed();
  };
  return box;
}

/** A line between two days. */
export const dayLine = (words) => h("div", { class: "day-line", role: "separator" }, h("span", {}, words));

/** The messages of a list with the lines between days, ready for `settle`. */
export function listed(messages, world, deeds, options) {
  const wanted = [];
  let last = "";
  for (const said of messages) {
    const today = longDay(instantOfTs(said.ts), world.zone);
    if (today !== last && !options?.inThread) wanted.push({ key: `day ${today}`, print: today, draw: () => dayLine(today) });
    last = today;
    wanted.push({
      key: `${said.is_ephemeral ? "e" : "m"}${said.ts}`,
      print: JSON.stringify([said, world.me, options?.inThread ?? false]),
      draw: () => message(said, world, deeds, options),
    });
  }
  return wanted;
}
