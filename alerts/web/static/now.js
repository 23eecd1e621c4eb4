// The first page: is somebody lying somewhere now, where, since when, has anybody taken it?

import { Answers } from "./answers.js";
import { Card } from "./card.js";
import { arrange, byId, el, setAttribute, setText } from "./dom.js";
import { Frame } from "./frame.js";
import { headline } from "./headline.js";
import { icon, replaceSign } from "./icons.js";
import { bindCardKeys } from "./keys.js";
import { isUntaken } from "./store.js";
import { sightOf, Tiles } from "./tiles.js";
import { onLanguage, t, when } from "./words.js";
import { bindWall, isWall, WALL_CARDS_MAX } from "./wall.js";

const CARDS_MAX = 200; // thousands would make the page slow, and nobody reads them
const LARGE_MAX = 24; // beyond these an event is one line with its buttons: hundreds stay quick

const frame = new Frame("now");
const { store } = frame;
const list = byId("cards");
const cards = new Map(); // event id -> Card
const tiles = new Tiles(byId("tiles"), store);
const answers = new Answers((id) => {
  const card = cards.get(id);
  if (card && store.events.has(id)) card.update(store.events.get(id));
});
let standing = []; // the cards as they stand on the page

frame.heard = (change) => {
  if (change.event) answers.settle(change.event);
  else if (change.kind === "command") answers.told(change);
  else if (change.kind === "all") {
    for (const event of store.events.values()) answers.settle(event);
    answers.forget(store.events);
  }
};

frame.draw = () => {
  const events = store.ordered();
  const shown = isWall() ? events.slice(0, WALL_CARDS_MAX) : bounded(events);
  drawCards(shown);
  const hidden = store.openCount() - shown.length;
  byId("more").hidden = hidden === 0;
  setText(byId("more"), hidden ? t("more", { n: hidden }) : "");
  drawDone();
  drawCameras();
  drawHeadline();
};

// Of too many those that wait longest, and those that came last: what is new must be seen.
function bounded(events) {
  if (events.length <= CARDS_MAX) return events;
  const first = Math.floor(CARDS_MAX / 4);
  const rest = events.slice(first).sort((a, b) => (a.opened_at < b.opened_at ? 1 : -1));
  const kept = new Set([...events.slice(0, first), ...rest.slice(0, CARDS_MAX - first)]);
  return events.filter((event) => kept.has(event));
}

function drawCards(events) {
  const wanted = events.map((event, index) => {
    let card = cards.get(event.event_id);
    if (!card) {
      card = new Card(frame, answers);
      cards.set(event.event_id, card);
    }
    setAttribute(card.node, "data-size", index < LARGE_MAX && isUntaken(event) ? "large" : "small");
    if (card.event !== event) card.update(event);
    return card.node;
  });
  const keep = new Set(events.map((event) => event.event_id));
  for (const id of cards.keys()) if (!keep.has(id)) cards.delete(id);
  // Where another card stood a moment ago, a finger may be on its way.
  const now = performance.now();
  wanted.forEach((node, at) => {
    if (standing[at] && standing[at] !== node) node.card.slidMs = now;
  });
  const focusedAt = standing.findIndex((node) => node.contains(document.activeElement));
  const leaving = focusedAt >= 0 && !wanted.includes(standing[focusedAt]);
  arrange(list, wanted);
  standing = wanted;
  if (leaving) (wanted[Math.min(focusedAt, wanted.length - 1)] || byId("main")).focus({ preventScroll: true });
  setAttribute(list, "data-count", wanted.length);
}

function drawDone() {
  byId("done").hidden = store.done.length === 0 || isWall();
  const items = store.done.map((event) =>
    el("li", {}, icon("calm"), el("a", { href: `/events/${encodeURIComponent(event.event_id)}` }, frame.title(event)),
      el("span", {}, t(`done.${event.standing === "false_alarm" ? "false_alarm" : event.standing === "resolved" ? "resolved" : "gone"}`, { by: event.by || t("card.somebody"), at: when(event.stands_since || event.updated_at, store.nowMs()) }))),
  );
  const words = items.map((item) => item.textContent).join();
  if (byId("done-list").dataset.words === words) return;
  byId("done-list").dataset.words = words;
  byId("done-list").replaceChildren(...items);
}

function drawCameras() {
  const trouble = (camera) => sightOf(camera, store).state === "trouble";
  tiles.draw(isWall() ? trouble : undefined);
  const all = store.cameraList();
  const blind = all.filter(trouble).length;
  setText(byId("cameras-sum"), all.length === 0 ? t("cameras.none") : t(blind ? "cameras.some" : "cameras.all", { n: all.length, blind }));
}

function drawHeadline() {
  const told = headline(store, frame.banners, (event) => frame.place(event));
  const node = byId("headline");
  setAttribute(node, "data-level", told.level);
  replaceSign(node.firstElementChild, told.sign);
  setText(byId("headline-words"), told.words);
  setText(byId("headline-more"), told.more);
}

setInterval(() => {
  const now = store.nowMs();
  for (const card of cards.values()) card.tick(now);
  drawHeadline();
}, 1000);
setInterval(drawCameras, 30000); // "for 3 minutes" grows

onLanguage(() => {
  for (const card of cards.values()) card.update(card.event);
});

bindCardKeys(
  list,
  {
    a: (node) => node.card.press("acknowledge"),
    r: (node) => node.card.press("resolve"),
    f: (node) => node.card.press("false_alarm"),
    n: (node) => node.card.ask.focus(),
    h: (node) => node.card.picture.toggleHeat(),
    p: (node) => node.card.picture.togglePlay(),
    Enter: (node) => location.assign(node.card.details.href),
  },
  () => frame.alarm.silence(),
  (node) => frame.say(t("say.chosen", { what: frame.title(node.card.event) })),
);
bindWall();
await frame.start();
