// The panel's other tabs: the guide, the business clock, and the switches that break things.

import { ask, post, remove } from "./api.js";
import { h } from "./dom.js";
import { clock, instantOf, isoDay, longDay, zoneName } from "./times.js";

/** Steps of the worked story; `go(step)` becomes the person and fills the composer. */
export function guide(story, world, go) {
  return h(
    "div",
    { class: "guide" },
    h("h2", {}, story.title ?? "The story"),
    h("p", {}, story.intro ?? ""),
    h(
      "ol",
      {},
      (story.steps ?? []).map((step) =>
        h(
          "li",
          {},
          h("p", {}, step.do),
          h("button", { type: "button", class: "slack-button", onclick: () => go(step) }, step.type ? `Type it as ${firstName(world, step.as)}` : `Act as ${firstName(world, step.as)}`),
        ),
      ),
    ),
    h("p", { class: "note" }, "Nothing here leaves this machine: Slack, Google Calendar, Microsoft, PagerDuty and the mail server are stand-ins, the people are invented. The bot is the real one."),
  );
}

const firstName = (world, id) => world.user(id)?.real_name.split(" ")[0] ?? id;

const JUMPS = [["+5 min", 5], ["+30 min", 30], ["+1 h", 60], ["+4 h", 240], ["+1 day", 1440]];

export class ClockTab {
  constructor(world, story, told, moved) {
    Object.assign(this, { world, story, told, moved });
    this.face = h("div", { class: "clock-face", "aria-live": "polite" });
    this.running = h("button", { type: "button", class: "toggle", onclick: () => this.change({ running: !this.world.clockRuns }) });
    const date = h("input", { type: "date", "aria-label": "Day", required: true });
    const time = h("input", { type: "time", "aria-label": "Time", value: "09:00", required: true });
    const set = h("form", { class: "clock-set" }, date, time, h("button", { type: "submit", class: "slack-button" }, "Set"));
    set.addEventListener("submit", (event) => {
      event.preventDefault();
      this.change({ set: instantOf(date.value, time.value, this.world.zone).toISOString() });
    });
    this.date = date;
    this.node = h(
      "div",
      { class: "clock-tab" },
      this.face,
      h("div", { class: "jumps", role: "group", "aria-label": "Move the clock" }, JUMPS.map(([words, minutes]) => h("button", { type: "button", class: "slack-button", onclick: () => this.change({ minutes }) }, words))),
      h("h3", {}, "Go to"),
      set,
      this.running,
      h("p", { class: "note" }, "Business time: holds run out, reminders and escalations fall due by it. Signatures and retries keep real time. Going back is possible, but what has happened stays."),
    );
  }

  async change(how) {
    this.told(post("/control/clock", how).then(this.moved));
  }

  draw() {
    const now = this.world.now();
    const line = (zone) => h("div", { class: "clock-line" }, h("strong", {}, clock(now, zone)), h("span", {}, `${longDay(now, zone)} · ${zoneName(zone)}`));
    const office = this.story.time_zone ?? "UTC";
    this.face.replaceChildren(...[...new Set([office, this.world.zone])].map(line));
    this.running.textContent = this.world.clockRuns ? "Stop the clock" : "Let the clock run";
    this.running.setAttribute("aria-pressed", String(!this.world.clockRuns));
    if (!this.date.value) this.date.value = isoDay(now, this.world.zone);
  }
}

export class BreakTab {
  constructor(told) {
    this.told = told;
    this.list = h("div", { class: "presets" });
    this.node = h(
      "div",
      { class: "break-tab" },
      h("p", { class: "note" }, "Switch on what should go wrong, then use the bot: it should say what happened, whether anything changed, and what to do."),
      this.list,
      h("button", { type: "button", class: "slack-button", onclick: () => this.change(remove("/control/faults")) }, "Mend everything"),
    );
  }

  change(asked) {
    return this.told(asked.then((said) => this.take(said)));
  }

  look() {
    return this.change(ask("/control/faults"));
  }

  take(said) {
    const print = JSON.stringify(said?.presets);
    if (!said || print === this.print) return;
    this.print = print;
    const focused = document.activeElement?.dataset.preset;
    const groups = Map.groupBy ? Map.groupBy(said.presets, (p) => p.group) : grouped(said.presets);
    this.list.replaceChildren(...[...groups].map(([group, presets]) => h("section", {}, h("h3", {}, group), presets.map((p) => this.preset(p)))));
    if (focused) this.list.querySelector(`[data-preset="${focused}"]`)?.focus();
  }

  preset(preset) {
    const words = preset.active ? (preset.left === null ? "on" : `on, ${preset.left} left`) : "off";
    return h(
      "div",
      { class: `preset${preset.active ? " on" : ""}` },
      h(
        "button",
        {
          type: "button", role: "switch", class: "switch", "aria-checked": String(preset.active), "aria-label": preset.label, "data-preset": preset.id,
          onclick: () => this.change(preset.active ? remove("/control/faults", { preset: preset.id }) : post("/control/faults", { preset: preset.id })),
        },
        h("span", { class: "knob" }),
      ),
      h("div", {}, h("strong", {}, preset.label), h("small", {}, `${preset.explains} `, h("em", {}, words))),
    );
  }
}

function grouped(presets) {
  const groups = new Map();
  for (const preset of presets) groups.set(preset.group, [...(groups.get(preset.group) ?? []), preset]);
  return groups;
}
