// Slack's mrkdwn as nodes: bold, italic, struck, code, quotes, links, mentions, dates, a few emoji.

import { h, link } from "./dom.js";
import { slackDate } from "./times.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", calendar: "📅", date: "📅", spiral_calendar_pad: "🗓️",
  hourglass_flowing_sand: "⏳", hourglass: "⌛", lock: "🔒", unlock: "🔓", bell: "🔔", no_entry: "⛔", no_entry_sign: "🚫", eyes: "👀",
  memo: "📝", mag: "🔍", wave: "👋", tada: "🎉", rotating_light: "🚨", bulb: "💡", busts_in_silhouette: "👥", email: "📧", envelope: "✉️",
  large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴", white_circle: "⚪", snowflake: "❄️", arrow_right: "➡️",
};

export const emoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const words = (text) => emoji(unescape(text));

/** `world` knows names, the reader's zone and the business time. */
export function mrkdwn(text, world) {
  const out = h("span", { class: "mrkdwn" });
  const pieces = String(text ?? "").split(/```/);
  pieces.forEach((piece, index) => {
    if (index % 2) out.append(h("pre", {}, unescape(piece.replace(/^\n|\n$/g, ""))));
    else paragraphs(piece, world, out);
  });
  return out;
}

function paragraphs(text, world, out) {
  const lines = text.split("\n");
  let quote = null;
  lines.forEach((line, index) => {
    const quoted = /^(&gt;|>) ?/.exec(line);
    if (quoted) {
      if (!quote) out.append((quote = h("blockquote")));
      else quote.append(h("br"));
      quote.append(...inline(line.slice(quoted[0].length), world));
      return;
    }
    if (index && !quote) out.append(h("br"));
    quote = null;
    out.append(...inline(line, world));
  });
}

const MARKS = [
  [/`([^`]+)`/, (m) => h("code", {}, unescape(m[1]))],
  [/<([^<>]+)>/, (m, world) => angle(m[1], world)],
  [/(?<![\p{L}\p{N}])\*(?=\S)([^*\n]*?\S)\*(?![\p{L}\p{N}])/u, (m, world) => h("strong", {}, inline(m[1], world))],
  [/(?<![\p{L}\p{N}])_(?=\S)([^_\n]*?\S)_(?![\p{L}\p{N}])/u, (m, world) => h("em", {}, inline(m[1], world))],
  [/(?<![\p{L}\p{N}])~(?=\S)([^~\n]*?\S)~(?![\p{L}\p{N}])/u, (m, world) => h("s", {}, inline(m[1], world))],
  [/https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)]/, (m) => link(unescape(m[0]), unescape(m[0]))],
];

function inline(text, world) {
  let first = null;
  for (const [pattern, draw] of MARKS) {
    const found = pattern.exec(text);
    if (found && (!first || found.index < first.found.index)) first = { found, draw };
  }
  if (!first) return text ? [words(text)] : [];
  const { found, draw } = first;
  const before = text.slice(0, found.index);
  return [words(before), draw(found, world), ...inline(text.slice(found.index + found[0].length), world)].filter((n) => n !== "");
}

function angle(inside, world) {
  const [target, label] = split(inside);
  if (target.startsWith("!date^")) {
    const [, unix, pattern, url] = target.split("^");
    const shown = slackDate(unix, pattern, unescape(label ?? ""), world.zone, world.now());
    return h("time", { class: "date", title: unescape(label ?? "") }, url ? link(url, shown) : shown);
  }
  if (target.startsWith("@")) return mention(`@${world.nameOf(target.slice(1)) ?? label ?? target.slice(1)}`);
  if (target.startsWith("#")) return mention(`#${world.channelName(target.slice(1)) ?? label ?? target.slice(1)}`);
  if (target.startsWith("!subteam^")) return mention(`@${world.groupName(target.slice(9)) ?? label ?? "team"}`);
  if (target.startsWith("!")) return mention(`@${target.slice(1)}`);
  return link(unescape(target), words(label ?? target.replace(/^mailto:/, "")));
}

function split(inside) {
  const bar = inside.indexOf("|");
  return bar < 0 ? [inside, undefined] : [inside.slice(0, bar), inside.slice(bar + 1)];
}

const mention = (name) => h("span", { class: "mention" }, name);
