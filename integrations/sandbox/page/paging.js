// What the pager and the mail server received: who was woken, who was written to, and what it said.

import { h, link, settle } from "./dom.js";
import { clock, day } from "./times.js";

const STATES = { triggered: "Open", acknowledged: "Acknowledged", resolved: "Resolved" };

export class Paging {
  /** `told(news)` hears whether something came that was not there before. */
  constructor(world, told) {
    Object.assign(this, { world, told, data: { incidents: [], mails: [] }, seen: null });
    this.incidents = h("ul", { class: "told", "aria-live": "polite", "aria-label": "Pages" });
    this.mails = h("ul", { class: "told", "aria-live": "polite", "aria-label": "Mails" });
    this.noPages = h("p", { class: "note" }, "Nobody was paged.");
    this.noMails = h("p", { class: "note" }, "No mail was sent.");
    this.node = h(
      "div",
      { class: "paging-tab" },
      h("h2", {}, "Pages and mails"),
      h("p", { class: "note" }, "Where a question goes that nobody answers in Slack: first to the pager, then out by e-mail. Invites that the calendars send are not counted here."),
      h("h3", {}, "PagerDuty"), this.noPages, this.incidents,
      h("h3", {}, "Mail server"), this.noMails, this.mails,
    );
  }

  take(data) {
    this.data = data;
    const ids = [...data.incidents.map((i) => `${i.key} ${i.at} ${i.state} ${i.events}`), ...data.mails.map((m) => `${m.id} ${m.copies}`)];
    if (!ids.length) this.told(false);
    else if (this.seen && ids.some((id) => !this.seen.has(id))) this.told(true);
    this.seen = new Set(ids);
    this.draw();
  }

  draw() {
    this.noPages.hidden = this.data.incidents.length > 0;
    this.noMails.hidden = this.data.mails.length > 0;
    this.fill(this.incidents, this.data.incidents, (i) => `${i.key} ${i.at}`, (i) => this.incident(i));
    this.fill(this.mails, this.data.mails, (m) => `${m.id} ${m.at}`, (m) => this.mail(m));
  }

  fill(list, what, key, draw) {
    settle(list, what.map((each) => ({ key: key(each), print: JSON.stringify([each, this.world.zone]), draw: () => draw(each) })));
  }

  when(instant) {
    const at = new Date(instant);
    return `${day(at, this.world.zone)} ${clock(at, this.world.zone)}`;
  }

  incident(told) {
    const times = told.events > 1 ? `, told ${told.events} times` : "";
    const changed = told.changed === told.at ? "" : `, last heard of ${this.when(told.changed)}`;
    return h(
      "li",
      { class: told.state, "data-state": told.state },
      h("strong", {}, told.summary),
      h("small", {}, h("em", {}, STATES[told.state] ?? told.state), ` · ${told.severity} · paged ${this.when(told.at)}${times}${changed}`),
      told.links.map((url) => h("small", {}, link(url, url))),
    );
  }

  mail(told) {
    return h(
      "li",
      { class: "mail", "data-mail": told.id },
      h("strong", {}, told.subject),
      h("small", {}, `${this.when(told.at)} · to ${told.to.join(", ")}${told.copies > 1 ? ` · ${told.copies} copies of one mail` : ""}`),
      h("details", {}, h("summary", {}, "Read it"), h("pre", { class: "event-text" }, told.text)),
    );
  }
}
