// The second story as its owners see it: record, board, checklist, evidence, queue and scheduler, and what they may do to them.

import { post } from "./api.js";
import { h } from "./dom.js";

const EVENTS = [["accept", "Tell the bot: accepted"], ["accept_again", "Tell it again"]];
const SWITCHES = [
  ["reopen", "Reopen the review", "The record says “in review” again."],
  ["newer", "A newer review version", "The record names version 4; everything else was made for 3."],
  ["rename", "Rename the milestone", "On the board, not in the record."],
  ["corrupt", "Alter a file in the archive", "One line is added to the rollback notes."],
];

export class ClosingTab {
  constructor(told) {
    Object.assign(this, { told, data: null, print: "" });
    this.seen = h("div", { class: "closing-seen", "aria-live": "polite" });
    this.heard = h("p", { class: "note", role: "status" });
    this.switches = h("div", { class: "presets" });
    this.node = h(
      "div",
      { class: "closing-tab" },
      h("h2", {}, "Closing REL-77"),
      h("p", { class: "note" }, "The review of Identity 4.2 was accepted. The bot reads everything again, then does the bookkeeping, or halts and says why in #releases."),
      h("div", { class: "jumps" }, EVENTS.map(([name, words]) => h("button", { type: "button", class: "slack-button", "data-deed": name, onclick: () => this.does(name) }, words))),
      this.heard, this.seen,
      h("h3", {}, "What others do meanwhile"), this.switches,
      h("p", { class: "note" }, "Under “Break” each system can be taken down."),
    );
  }

  async does(name) {
    const said = await this.told(post("/control/closing", { do: name }));
    if (said) this.take(said);
  }

  take(data) {
    const print = JSON.stringify(data);
    if (!data || print === this.print) return;
    Object.assign(this, { data, print });
    this.heard.textContent = data.heard ? `The bot answered: ${data.heard}` : "The bot has not been told yet.";
    this.seen.replaceChildren(...this.parts(data));
    const focused = document.activeElement?.dataset.deed;
    this.switches.replaceChildren(...SWITCHES.map((one) => this.toggle(...one)));
    if (focused) this.node.querySelector(`[data-deed="${focused}"]`)?.focus();
  }

  parts({ record, board, checklist, archive, queue, intake }) {
    return [
      part("Record", record.name, [`${record.state}, review version ${record.review}`, `milestone ${record.milestone}`]),
      part("Checklist", checklist.name, checklist.items.map((item) => `${item.done ? "☑" : "☐"} ${item.name}`), checklist.closed ? "closed" : "open", checklist.closed),
      part("Board", board.name, [`milestone ${board.milestone}`, ...board.links.map((link) => `link to ${link.name}`)], board.labels.join(", "), board.labels.includes("approved")),
      part("Review queue", queue.name, [queue.words], queue.waiting ? "waiting" : "cleared", !queue.waiting),
      part("Archive", "evidence bundle", archive.map((file) => `${file.name}${file.whole ? "" : ": altered"}`), archive.every((file) => file.whole) ? "whole" : "altered"),
      part("Scheduler", "intake", intake.map((event) => `${event.subject} ${event.data.release}, review version ${event.data.review}`), intake.length ? "told" : "not told", intake.length > 0),
    ];
  }

  toggle(name, label, explains) {
    const on = this.data.on[name];
    return h(
      "div",
      { class: `preset${on ? " on" : ""}` },
      h("button", { type: "button", role: "switch", class: "switch", "aria-checked": String(on), "aria-label": label, "data-deed": name, onclick: () => this.does(name) }, h("span", { class: "knob" })),
      h("div", {}, h("strong", {}, label), h("small", {}, explains)),
    );
  }
}

function part(title, name, lines, state = "", done = false) {
  return h(
    "section",
    { class: `closing-part${done ? " done" : ""}`, "data-part": title },
    h("h3", {}, title, " ", h("small", {}, name), state ? h("em", {}, state) : null),
    h("ul", {}, lines.map((line) => h("li", {}, line))),
  );
}
