// The page itself: it follows what the acting person sees, draws it, and carries their deeds to the sandbox.

import { ask, follow, post } from "./api.js";
import { Calendars } from "./calendars.js";
import { ClosingTab } from "./closing.js";
import { composer } from "./composer.js";
import { ask as confirmFirst } from "./confirm.js";
import { h, settle } from "./dom.js";
import { listed } from "./messages.js";
import { Paging } from "./paging.js";
import { switcher } from "./people.js";
import { drawPlaces, titleOf } from "./places.js";
import { BreakTab, ClockTab, guide } from "./tools.js";
import { home, Modals } from "./views.js";
import { World } from "./world.js";

const $ = (id) => document.getElementById(id);
const world = new World();
const page = { place: null, thread: null, tab: "calendars", modals: null, following: null };

// -- telling the person

function notice(words, kind = "problem") {
  const line = h("div", { class: `notice ${kind}` }, h("span", {}, words), h("button", { type: "button", class: "plain", "aria-label": "Dismiss", onclick: () => line.remove() }, "✕"));
  $("notices").append(line);
  setTimeout(() => line.remove(), 9000);
}

async function told(asked) {
  try {
    return await asked;
  } catch (trouble) {
    notice(trouble.message);
    return null;
  }
}

// -- deeds

const act = (name, body) => post(`/control/slack/${name}`, { as: world.me, ...body });

/** What Slack itself says when a deed fails outside a channel is shown as a notice; in a channel it stands there. */
function sayTrouble(seen, where) {
  if (seen?.error && seen.error !== "form_incomplete" && !where) notice(seen.text || seen.error);
}

async function press(target, what, blockId, chosen, where) {
  const body = { ...target, action_id: what.action_id, block_id: blockId };
  if (what.type !== "button") body.selected = chosen.selected_option ?? chosen;
  // Slack delivers the button as it was shown, even when the card changed under the finger.
  else if (where) body.stale = { ...what, block_id: blockId };
  else body.value = what.value;
  sayTrouble(await told(act("press", body)), where);
}

const deeds = {
  press: (said, what, blockId, chosen) => {
    const channel = said.channel ?? placeId();
    return press({ channel, ts: said.ts }, what, blockId, chosen, channel);
  },
  openThread: (ts) => {
    page.thread = ts;
    drawThread();
    $("thread-composer").querySelector("textarea")?.focus();
  },
  shortcut: (said, shortcut) => told(act("shortcut", { channel: placeId(), ts: said.ts, callback_id: shortcut.callback_id })),
};

const viewDeeds = {
  press: (view, what, blockId, chosen) => press({ view_id: view.id }, what, blockId, chosen, null),
  close: (view) => told(act("close_view", { view_id: view.id })),
  submit: async (view, values) => {
    const seen = await told(act("submit", { view_id: view.id, values }));
    if (!seen) return { problem: "The sandbox did not answer. Nothing was sent." };
    const errors = Object.keys(seen.errors ?? {}).length ? seen.errors : null;
    return { errors, problem: seen.error && !errors ? seen.text : "" };
  },
};

async function send(words, thread) {
  const asked = act("command", { channel: placeId(), text: words, ...(thread ? { thread_ts: thread } : {}) });
  const seen = await told(asked);
  if (seen?.error && seen.error !== "not_in_threads" && seen.error !== "unknown_command" && !words.startsWith("/")) {
    notice("The message is posted. The bot did not take notice of its link.", "quiet");
  }
  $("messages").scrollTop = $("messages").scrollHeight;
}

// -- places

const placeId = () => (page.place.kind === "home" ? null : page.place.id);

function go(place) {
  page.place = place;
  page.thread = null;
  remember();
  draw();
  toBottom($("messages"));
  if (place.kind === "home") told(act("open_home", {}));
}

function become(user) {
  world.me = user;
  page.thread = null;
  remember();
  page.modals.show(null);
  watch();
}

function remember() {
  history.replaceState(null, "", `#${world.me}/${page.place?.id ?? ""}`);
}

// -- drawing

function draw() {
  if (!world.state) return;
  if (!world.canSee(page.place)) page.place = world.firstPlace();
  page.switcher.draw();
  $("team-name").textContent = world.state.team.name;
  drawPlaces($("places"), world, page.place, go);
  drawPlace();
  drawThread();
  page.modals.show(world.modal());
}

function drawPlace() {
  const title = titleOf(page.place, world);
  $("place-name").textContent = title.name;
  $("place-note").textContent = title.note;
  const list = $("messages");
  if (page.place.kind === "home") {
    const view = world.state.home;
    settle(list, [{ key: "home", print: JSON.stringify([world.me, view]), draw: () => h("div", {}, home(view, world, viewDeeds.press)) }]);
    placeComposer(null);
    return;
  }
  const stuck = nearBottom(list);
  const messages = world.messages(page.place.id);
  const wanted = listed(messages, world, deeds);
  if (!messages.length) wanted.push({ key: "empty", print: page.place.id, draw: () => welcome(title) });
  settle(list, wanted);
  if (stuck) toBottom(list);
  placeComposer(page.place.id, title);
}

function welcome(title) {
  return h("div", { class: "welcome" }, h("h2", {}, title.name), h("p", {}, "Nothing has been said here yet. Type a command below, or follow the guide on the right."));
}

function placeComposer(id, title) {
  const box = $("composer");
  if (box.dataset.place === String(id)) return;
  box.dataset.place = String(id);
  box.replaceChildren();
  if (!id) return;
  page.composer = composer({ label: `Message ${title.name}`, send: (words) => send(words), examples: world.examples() });
  box.append(page.composer.form);
}

function drawThread() {
  const root = page.thread ? world.find(page.place.id, page.thread) : null;
  $("thread").hidden = !root;
  $("page").classList.toggle("with-thread", Boolean(root));
  if (!root) return;
  $("thread-place").textContent = titleOf(page.place, world).name;
  const list = $("thread-messages");
  const stuck = nearBottom(list);
  settle(list, listed([root, ...world.replies(page.place.id, root)], world, deeds, { inThread: true }));
  if (stuck) toBottom(list);
  const box = $("thread-composer");
  if (box.dataset.root === root.ts) return;
  box.dataset.root = root.ts;
  box.replaceChildren(composer({ label: "Reply in thread", send: (words) => send(words, root.ts) }).form);
}

const nearBottom = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 120;
const toBottom = (list) => (list.scrollTop = list.scrollHeight);

// -- the panel

function buildPanel(story) {
  const calendars = new Calendars(world, story, told);
  const clockTab = new ClockTab(world, story, told, takeClock);
  const breaks = new BreakTab(told);
  const closing = new ClosingTab(told);
  const paging = new Paging(world, (news) => markNews(news && page.tab !== "paging"));
  const tabs = {
    calendars: ["Calendars", () => calendars.node],
    guide: ["Guide", () => guide(story, world, followStep)],
    clock: ["Clock", () => clockTab.node],
    break: ["Break", () => breaks.node],
    paging: ["Pages", () => paging.node],
    closing: ["Closing", () => closing.node],
  };
  const choose = (name) => {
    page.tab = name;
    for (const tab of $("tabs").children) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    $("tab-body").setAttribute("aria-labelledby", `tab-${name}`);
    $("tab-body").replaceChildren(tabs[name][1]());
    if (name === "break") breaks.look();
    if (name === "clock") clockTab.draw();
    if (name === "paging") markNews(false);
  };
  $("tabs").replaceChildren(...Object.entries(tabs).map(([name, [words]]) =>
    h("button", { type: "button", role: "tab", id: `tab-${name}`, "data-tab": name, "aria-controls": "tab-body", onclick: () => choose(name) }, words)));
  $("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = Object.keys(tabs);
    choose(names[(names.indexOf(page.tab) + step + names.length) % names.length]);
    $(`tab-${page.tab}`).focus();
  });
  page.calendars = calendars;
  page.clockTab = clockTab;
  page.breaks = breaks;
  page.paging = paging;
  page.closing = closing;
  choose(page.tab);
}

/** A dot on the tab while there is something that nobody has looked at. */
function markNews(news) {
  const tab = $("tab-paging");
  tab.classList.toggle("news", news);
  tab.setAttribute("aria-label", news ? "Pages and mails, something new" : "Pages and mails");
}

function followStep(step) {
  if (step.as !== world.me) become(step.as);
  page.place = { kind: "channel", id: step.channel ?? world.story.channel };
  const wait = setInterval(() => {
    if (world.state?.me.id !== step.as) return;
    clearInterval(wait);
    go(page.place);
    if (step.type) page.composer?.put(step.type);
  }, 50);
  setTimeout(() => clearInterval(wait), 5000);
}

function takeClock(said) {
  if (!said) return;
  world.takeClock(said);
  page.switcher.draw();
  page.clockTab.draw();
}

async function resetAll() {
  const sure = await confirmFirst({
    title: { text: "Start the story again?" },
    text: { text: "Conversations, calendars, pages, mails, clock and switches go back to Monday 09:02. What the bot remembers goes too, where it runs as the demo." },
    confirm: { text: "Reset" }, deny: { text: "Keep" }, style: "danger",
  }, world);
  if (!sure) return;
  page.thread = null;
  takeClock(await told(post("/control/reset")));
  if (page.tab === "break") page.breaks.look();
  notice("The story starts again.", "quiet");
}

// -- following

let shownTrouble = null;
function trouble(problem) {
  if (problem && problem.message !== shownTrouble) notice(problem.message);
  shownTrouble = problem?.message ?? null;
}

function watch() {
  page.following?.abort();
  page.following = new AbortController();
  const me = encodeURIComponent(world.me);
  follow((since) => `/control/slack/state?as=${me}${since < 0 ? "" : `&since=${since}`}`, page.following.signal, (state) => {
    world.take(state);
    draw();
    page.calendars.draw();
    page.paging.draw();
  }, trouble);
}

async function tick() {
  takeClock(await ask("/control/clock").catch(() => null));
  if (page.tab === "calendars") page.calendars.drawRows();
  if (page.tab === "break") ask("/control/faults").then((said) => page.breaks.take(said), () => null); // used-up faults go out
}

function bindKeys() {
  $("thread-close").addEventListener("click", () => deeds.openThread(null));
  $("reset").addEventListener("click", resetAll);
  $("panel-toggle").addEventListener("click", () => {
    const open = $("page").classList.toggle("panel-open");
    $("panel-toggle").setAttribute("aria-expanded", String(open));
    $("panel-toggle").textContent = open ? "Hide the panel" : "Show the panel";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && page.thread && !document.querySelector("dialog")) deeds.openThread(null);
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.message-menu[open], details.switcher[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

async function begin() {
  const story = await told(ask("/control/story"));
  if (!story) return;
  const [user, place] = location.hash.slice(1).split("/");
  world.begin(story, user || story.acting);
  page.place = { kind: place === "home" ? "home" : "channel", id: place || story.channel };
  page.modals = new Modals(world, viewDeeds);
  page.switcher = switcher(world, story.cast ?? {}, become);
  $("switcher").append(page.switcher.box);
  world.takeClock(await ask("/control/clock"));
  buildPanel(story);
  bindKeys();
  watch();
  follow((since) => `/control/calendars${since < 0 ? "" : `?since=${since}`}`, new AbortController().signal, (data) => {
    page.calendars.take(data);
    page.calendars.fillPeople();
    page.paging.take(data.paging);
    page.closing.take(data.closing);
  }, trouble);
  setInterval(tick, 3000);
}

begin();
