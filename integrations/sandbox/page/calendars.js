// Everybody's calendars, as they change: who is busy, what is held, what is booked.

import { post, remove } from "./api.js";
import { avatar, h, settle } from "./dom.js";
import { clock, day, instantOf, isoDay, minuteOf, zoneName } from "./times.js";

const KINDS = {
  busy: "Busy", tentative: "Tentative", hold: "Hold", invite: "Invite", away: "Out of office", elsewhere: "Working elsewhere", free: "Shown as free",
};
const SIGNS = { hold: "H", invite: "✓" };
const BOT = Object.keys(SIGNS);
const FROM = 7;
const TO = 19;

export class Calendars {
  constructor(world, story, told) {
    this.world = world;
    this.story = story;
    this.told = told;
    this.data = { people: [] };
    this.everybody = false;
    this.week = false;
    this.date = null;
    this.seen = null;
    this.build();
  }

  build() {
    this.strip = h("div", { class: "day-strip", role: "group", "aria-label": "Day" });
    this.rows = h("div", { class: "calendar-rows" });
    this.axis = h("div", { class: "calendar-axis", "aria-hidden": "true" });
    this.summary = h("div", { class: "calendar-summary", "aria-live": "polite" });
    this.scope = toggle("Everybody", () => this.again(() => (this.everybody = !this.everybody)));
    this.span = toggle("Week", () => this.again(() => (this.week = !this.week)));
    this.zoneNote = h("p", { class: "note" });
    this.node = h(
      "div",
      { class: "calendars" },
      h("div", { class: "toolbar" }, this.strip, this.span, this.scope),
      this.zoneNote,
      h("div", { class: "calendar-grid" }, this.axis, this.rows),
      legend(),
      this.summary,
      this.busyForm(),
    );
  }

  again(change) {
    this.fresh = new Set(); // what is new has been pointed at once
    change();
    this.draw();
  }

  take(data) {
    this.data = data;
    const fresh = this.held().map((e) => `${e.calendar} ${e.id} ${e.kind}`);
    const news = this.seen ? this.held().filter((e) => !this.seen.has(`${e.calendar} ${e.id} ${e.kind}`)) : [];
    if (news.length) this.date = isoDay(news[0].at, this.world.zone);
    this.fresh = new Set(news.map((e) => `${e.calendar} ${e.id}`));
    this.seen = new Set(fresh);
    this.draw();
  }

  held() {
    return this.data.people.flatMap((p) =>
      p.events.filter((e) => BOT.includes(e.kind)).map((e) => ({ ...e, calendar: p.id, person: p.name, at: new Date(e.start) })),
    );
  }

  days() {
    const days = new Set(this.data.people.flatMap((p) => p.events.map((e) => isoDay(new Date(e.start), this.world.zone))));
    return [...days].sort().filter((date) => ![0, 6].includes(new Date(`${date}T12:00Z`).getUTCDay()));
  }

  draw() {
    const days = this.days();
    const today = isoDay(this.world.now(), this.world.zone);
    if (!days.length) return; // nothing is known yet
    this.date ??= days.find((d) => d > today) ?? today;
    const monday = Date.parse(`${this.date}T12:00Z`) - ((new Date(`${this.date}T12:00Z`).getUTCDay() + 6) % 7) * 86400000;
    this.weekDays = [0, 1, 2, 3, 4].map((n) => new Date(monday + n * 86400000).toISOString().slice(0, 10));
    this.drawStrip(days, today, monday);
    this.scope.setAttribute("aria-pressed", String(this.everybody));
    this.span.setAttribute("aria-pressed", String(this.week));
    this.node.classList.toggle("week", this.week);
    this.zoneNote.textContent = `Times in ${zoneName(this.world.zone)}. You see everything here, titles too; the bot is only ever told busy or free.`;
    this.drawAxis();
    this.drawRows();
    this.drawSummary();
  }

  drawStrip(days, today, monday) {
    const marked = new Set(this.held().map((e) => isoDay(e.at, this.world.zone)));
    const step = (by, words, glyph) =>
      h("button", { type: "button", class: "step", "aria-label": words, onclick: () => this.again(() => (this.date = new Date(monday + by * 86400000).toISOString().slice(0, 10))) }, glyph);
    this.strip.replaceChildren(
      step(-7, "Week before", "‹"),
      ...this.weekDays.map((date) => {
        const at = new Date(`${date}T12:00Z`);
        const [weekday, number] = day(at, "UTC").split(" ");
        return h(
          "button",
          {
            type: "button", class: `day${marked.has(date) ? " marked" : ""}${date === today ? " today" : ""}`, "data-date": date,
            "aria-pressed": String(date === this.date && !this.week),
            "aria-label": `${day(at, "UTC")}${marked.has(date) ? ", with holds or invites" : ""}${date === today ? ", today" : ""}`,
            onclick: () => this.again(() => { this.date = date; this.week = false; }),
          },
          h("span", {}, weekday), h("strong", {}, number),
        );
      }),
      step(7, "Week after", "›"),
    );
  }

  drawAxis() {
    const marks = this.week
      ? this.weekDays.map((date, at) => [at / 5, day(new Date(`${date}T12:00Z`), "UTC").split(" ").slice(0, 2).join(" ")])
      : Array.from({ length: (TO - FROM) / 2 }, (_, n) => [(n * 2) / (TO - FROM), `${String(FROM + n * 2).padStart(2, "0")}:00`]);
    this.axis.replaceChildren(...marks.map(([share, words]) => h("span", { style: { left: `${share * 100}%` } }, words)));
  }

  shown() {
    const watched = this.story.watch ?? [];
    const involved = new Set(this.held().map((e) => e.calendar));
    const order = (p) => (watched.includes(p.id) ? watched.indexOf(p.id) : 99);
    return this.data.people.filter((p) => this.everybody || watched.includes(p.id) || involved.has(p.id)).sort((a, b) => order(a) - order(b));
  }

  drawRows() {
    settle(
      this.rows,
      this.shown().map((person) => ({
        key: person.id,
        print: JSON.stringify([person, this.date, this.week, this.world.zone, [...(this.fresh ?? [])], this.line()]),
        draw: () => this.row(person),
      })),
    );
  }

  line() {
    const now = this.world.now();
    return isoDay(now, this.world.zone) === this.date && !this.week ? Math.floor(minuteOf(now, this.world.zone) / 5) * 5 : null;
  }

  row(person) {
    const bars = person.events.map((e) => this.bar(person, e)).filter(Boolean);
    const line = this.line();
    const share = line === null ? -1 : (line - FROM * 60) / ((TO - FROM) * 60);
    const sharing = !person.readable ? "not shared" : !person.writable ? "read only" : "";
    const user = this.world.people().find((u) => u.email === person.id);
    return h(
      "div",
      { class: "calendar-row", "data-calendar": person.id },
      h("div", { class: "calendar-name", title: `${person.name}, ${person.provider}, ${person.time_zone}` }, avatar(user ?? { id: person.id, real_name: person.name }, true),
        h("span", {}, h("strong", {}, person.name), h("small", {}, [person.provider === "google" ? "Google" : "Microsoft", sharing].filter(Boolean).join(", ")))),
      h("div", { class: "calendar-track" }, bars, share > 0 && share < 1 ? h("span", { class: "now-line", style: { left: `${share * 100}%` } }) : null),
    );
  }

  bar(person, event) {
    const place = this.place(new Date(event.start), new Date(event.end));
    if (!place) return null;
    const zone = this.world.zone;
    const range = `${clock(new Date(event.start), zone)} – ${clock(new Date(event.end), zone)}`;
    const words = `${person.name}: ${KINDS[event.kind] ?? event.kind} ${range}${event.title ? `, ${event.title}` : ""}`;
    const bot = BOT.includes(event.kind);
    return h(
      "button",
      {
        type: "button", class: `bar ${event.kind}${this.fresh?.has(`${person.id} ${event.id}`) ? " fresh" : ""}`, title: words, "aria-label": words, "data-kind": event.kind,
        style: { left: `${place[0] * 100}%`, width: `${(place[1] - place[0]) * 100}%` }, onclick: () => this.details(person, event, range),
      },
      this.week || (!bot && short(event)) ? "" : h("span", {}, bot ? SIGNS[event.kind] : event.title),
    );
  }

  /** Where on the track, as shares of its width; null when it is not on it. */
  place(start, end) {
    const zone = this.world.zone;
    const column = this.week ? this.weekDays.indexOf(isoDay(start, zone)) : isoDay(start, zone) === this.date ? 0 : -1;
    if (column < 0) return null;
    const columns = this.week ? 5 : 1;
    const within = (minute) => Math.min(1, Math.max(0, (minute - FROM * 60) / ((TO - FROM) * 60)));
    const begins = within(minuteOf(start, zone));
    const ends = within(minuteOf(start, zone) + (end - start) / 60000);
    return ends > begins ? [(column + begins) / columns, (column + ends) / columns] : null;
  }

  drawSummary() {
    const groups = new Map();
    for (const event of this.held()) {
      const key = `${event.kind} ${event.start} ${event.end}`;
      groups.set(key, [...(groups.get(key) ?? []), event]);
    }
    const zone = this.world.zone;
    const lines = [...groups.values()].map(([first, ...more]) => {
      const names = [first, ...more].map((e) => e.person.split(" ")[0]).join(", ");
      return h("li", { class: `sum ${first.kind}` }, h("span", { class: `swatch ${first.kind}`, "aria-hidden": "true" }),
        h("span", {}, h("strong", {}, `${KINDS[first.kind]} ${day(first.at, zone)} ${clock(first.at, zone)} – ${clock(new Date(first.end), zone)}`), ` on ${more.length + 1} of ${this.data.people.length} calendars: ${names}`));
    });
    const mails = this.data.mails ?? 0;
    if (mails) lines.push(h("li", { class: "sum" }, h("span", { class: "swatch mail", "aria-hidden": "true" }), `${mails} ${mails === 1 ? "mail" : "mails"} sent by the calendars to attendees`));
    this.summary.replaceChildren(lines.length ? h("ul", {}, lines) : h("p", { class: "note" }, "No hold and no invite is on any calendar."));
  }

  details(person, event, range) {
    const zone = this.world.zone;
    const close = () => dialog.remove();
    const deed = event.kind === "hold" ? `Delete the hold, as ${person.name.split(" ")[0]} might` : `Delete it, as ${person.name.split(" ")[0]} might`;
    const dialog = h(
      "dialog",
      { class: "confirm", "aria-labelledby": "event-title" },
      h("h2", { id: "event-title" }, event.title || KINDS[event.kind]),
      h("p", {}, `${KINDS[event.kind]} · ${day(new Date(event.start), zone)} ${range} · ${person.name}`),
      event.place ? h("p", {}, `Place: ${event.place}`) : null,
      event.text ? h("pre", { class: "event-text" }, event.text) : null,
      event.attendees?.length ? h("p", {}, `Attendees: ${event.attendees.join(", ")}`) : null,
      h("div", { class: "dialog-buttons" },
        h("button", { type: "button", class: "slack-button danger", onclick: () => this.told(remove("/control/calendars/event", { calendar: person.id, id: event.id }).then(close)) }, deed),
        h("button", { type: "button", class: "slack-button", onclick: close }, "Close")),
    );
    dialog.addEventListener("close", close);
    document.body.append(dialog);
    dialog.showModal();
  }

  busyForm() {
    this.who = h("select", { id: "busy-who", name: "calendar" });
    const field = (label, input) => h("label", {}, h("span", {}, label), input);
    const date = h("input", { type: "date", name: "date", value: "2026-12-01", required: true });
    const from = h("input", { type: "time", name: "from", value: "10:30", required: true });
    const to = h("input", { type: "time", name: "to", value: "11:00", required: true });
    const form = h(
      "form",
      { class: "busy-form" },
      field("Person", this.who), field("Day", date), field("From", from), field("To", to),
      h("button", { type: "submit", class: "slack-button" }, "Make busy"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const zone = this.world.zone;
      const body = { calendar: this.who.value, start: instantOf(date.value, from.value, zone).toISOString(), end: instantOf(date.value, to.value, zone).toISOString() };
      this.told(post("/control/calendars/event", body).then(() => this.again(() => (this.date = date.value))));
    });
    return h("details", { class: "busy-box" }, h("summary", {}, "Make somebody busy"), form);
  }

  fillPeople() {
    const before = this.who.value || this.story.watch?.[0];
    this.who.replaceChildren(...this.data.people.map((p) => h("option", { value: p.id }, p.name)));
    this.who.value = before;
  }
}

/** Half an hour and less has no room for words; they stand in the tooltip. */
const short = (event) => Date.parse(event.end) - Date.parse(event.start) <= 30 * 60000;

const toggle = (words, pressed) => h("button", { type: "button", class: "toggle", "aria-pressed": "false", onclick: pressed }, words);

function legend() {
  return h("ul", { class: "legend", "aria-label": "Legend" }, ["busy", "tentative", "away", "hold", "invite"].map((kind) =>
    h("li", {}, h("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), KINDS[kind])));
}
