// What the page knows: who there is, what the acting person sees, and what time it is in the story.

export class World {
  constructor() {
    this.me = null;
    this.state = null;
    this.story = {};
    this.clockRuns = true;
  }

  begin(story, me) {
    this.story = story;
    this.me = me;
  }

  take(state) {
    this.state = state;
    this.users = new Map(state.users.map((u) => [u.id, u]));
    const bot = this.users.get(state.bot.user_id);
    if (bot) this.users.set(state.bot.bot_id, bot);
    this.users.set("USLACKBOT", { id: "USLACKBOT", real_name: "Slack", is_bot: true });
  }

  // -- time

  takeClock({ now, running }) {
    this.clockRuns = running;
    this.base = Date.parse(now);
    this.since = performance.now();
  }

  now() {
    return new Date((this.base ?? 0) + (this.clockRuns ? performance.now() - (this.since ?? 0) : 0));
  }

  get zone() {
    return this.user(this.me)?.tz ?? this.story.time_zone ?? "UTC";
  }

  // -- names

  user(id) {
    return this.users?.get(id);
  }

  nameOf(id) {
    return this.user(id)?.real_name;
  }

  channelName(id) {
    return this.state?.channels.find((c) => c.id === id)?.name;
  }

  groupName(id) {
    return this.state?.usergroups.find((g) => g.id === id)?.handle;
  }

  people() {
    return (this.state?.users ?? []).filter((u) => !u.is_bot);
  }

  shortcuts() {
    return this.state?.shortcuts ?? [];
  }

  examples() {
    return this.story.examples ?? [];
  }

  // -- places

  channels() {
    return (this.state?.channels ?? []).filter((c) => c.members.includes(this.me));
  }

  dm() {
    return this.state?.dms.find((d) => d.user === this.me);
  }

  canSee(place) {
    if (!place) return false;
    if (place.kind === "home") return true;
    return place.id === this.dm()?.id || this.channels().some((c) => c.id === place.id);
  }

  firstPlace() {
    const first = this.channels()[0];
    return first ? { kind: "channel", id: first.id } : { kind: "home", id: "home" };
  }

  // -- what was said

  /** The top level of a place with the private lines for this person, in order. */
  messages(id) {
    const there = this.state.channels.find((c) => c.id === id) ?? this.state.dms.find((d) => d.id === id);
    const whispered = this.state.ephemerals.filter((e) => e.channel === id && !e.thread_ts);
    return [...(there?.messages ?? []), ...whispered].sort(byTs);
  }

  find(id, ts) {
    return this.messages(id).find((m) => m.ts === ts && !m.is_ephemeral);
  }

  replies(id, root) {
    const whispered = this.state.ephemerals.filter((e) => e.channel === id && e.thread_ts === root.ts);
    return [...(root.thread ?? []), ...whispered].sort(byTs);
  }

  modal() {
    return this.state.modal.at(-1) ?? null;
  }
}

function byTs(a, b) {
  const [left, right] = [a.ts.split("."), b.ts.split(".")];
  return Number(left[0]) - Number(right[0]) || Number(left[1]) - Number(right[1]);
}
