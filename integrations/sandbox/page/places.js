// The list on the left: channels, and the app's own home and messages.

import { h } from "./dom.js";

const sign = (channel) => (channel.is_private ? "🔒" : "#");

export function drawPlaces(box, world, here, go) {
  const entry = (place, mark, words, note) =>
    h(
      "button",
      { type: "button", class: "place", "data-place": place.id, "aria-current": place.id === here.id ? "page" : null, onclick: () => go(place) },
      h("span", { class: "mark", "aria-hidden": "true" }, mark),
      h("span", { class: "place-words" }, words),
      note ? h("span", { class: "place-flag" }, note) : null,
    );
  const channels = world.channels().map((c) => entry({ kind: "channel", id: c.id }, sign(c), c.name, c.is_ext_shared ? "shared" : ""));
  const dm = world.dm();
  const app = [entry({ kind: "home", id: "home" }, "⌂", "Home", "")];
  if (dm) app.push(entry({ kind: "channel", id: dm.id }, "✉", "Messages", count(dm)));
  box.replaceChildren(h("h2", {}, "Channels"), ...channels, h("h2", {}, `${world.state.bot.name} app`), ...app);
}

const count = (dm) => (dm.messages.length ? String(dm.messages.length) : "");

export function titleOf(place, world) {
  if (place.kind === "home") return { name: world.state.bot.name, note: "Home tab, as this person sees it" };
  if (place.id === world.dm()?.id) return { name: world.state.bot.name, note: "Direct messages from the app" };
  const channel = world.state.channels.find((c) => c.id === place.id);
  const notes = [`${channel.members.filter((id) => !world.user(id)?.is_bot).length} people`];
  if (channel.is_private) notes.push("private");
  if (channel.is_ext_shared) notes.push("shared with another organisation");
  notes.push(channel.bot_member ? "the app is here" : "the app is not a member");
  return { name: `${channel.is_private ? "🔒 " : "#"}${channel.name}`, note: notes.join(" · ") };
}
