// Everything about one event: how it stands, what was seen, what was done about it and when.

import { Answers } from "./answers.js";
import { Card } from "./card.js";
import { byId, el, setText } from "./dom.js";
import { Frame } from "./frame.js";
import { bindCardKeys } from "./keys.js";
import { clip } from "./picture.js";
import { get } from "./server.js";
import { fullTime, onLanguage, share, t, tOr } from "./words.js";

const id = decodeURIComponent(location.pathname.split("/").pop());
const frame = new Frame("event");
const answers = new Answers(() => draw());
let card = null;
let told = null; // as the server told it
let asking = null;
let shownEvidence = null;

async function fetchEvent() {
  clearTimeout(asking);
  asking = null;
  try {
    told = await get(`/api/events/${encodeURIComponent(id)}`);
    answers.settle(told.event);
    draw();
  } catch (error) {
    if (error.status === 404) missing();
    else fetchSoon(3000);
  }
}

function fetchSoon(afterMs = 150) {
  asking ??= setTimeout(fetchEvent, afterMs);
}

function missing() {
  told = null;
  byId("event-rest").hidden = true;
  byId("cards").replaceChildren(el("p", { class: "missing" }, t("event.missing")));
}

function draw() {
  if (!told) return;
  if (!card) {
    card = new Card(frame, answers);
    card.node.dataset.size = "large";
    card.details.hidden = true;
    byId("cards").replaceChildren(card.node);
    byId("event-rest").hidden = false;
  }
  card.update(told.event);
  setText(byId("event-title"), frame.title(told.event));
  drawEvidence(told.event);
  drawTimeline(told);
  drawFacts(told.event);
}

function drawEvidence(event) {
  const wanted = JSON.stringify([event.snapshot_url, event.raw_snapshot_url, event.clip_url, document.documentElement.lang]);
  if (wanted === shownEvidence) return; // a clip that plays is not begun again
  shownEvidence = wanted;
  const figures = [];
  const still = (source, key) => el("figure", {}, el("img", { src: source, alt: t("picture.alt", { what: frame.title(event) }) }), el("figcaption", {}, t(key)));
  if (event.snapshot_url) figures.push(still(event.snapshot_url, "event.snapshot"));
  if (event.raw_snapshot_url) figures.push(still(event.raw_snapshot_url, "event.raw"));
  if (event.clip_url) {
    const video = clip(event.clip_url);
    video.autoplay = false;
    video.setAttribute("aria-label", t("picture.clip.alt", { what: frame.title(event) }));
    figures.push(el("figure", {}, video, el("figcaption", {}, t("event.clip"))));
  }
  byId("evidence").replaceChildren(...(figures.length ? figures : [el("p", {}, t("event.no_evidence"))]));
}

function drawTimeline({ event, timeline, states }) {
  const steps = timeline || (states || []).map((one) => ({ kind: "state", ...one }));
  const items = steps.filter(isNews).map((step) =>
    el("li", { data: { kind: step.kind } }, el("time", { datetime: step.at }, fullTime(step.at)), el("span", {}, stepWords(step, event)), step.note ? el("q", {}, step.note) : null),
  );
  byId("timeline").replaceChildren(...items);
}

// The desk says anew how an event stands when only the camera has seen something else: told once.
function isNews(step, at, steps) {
  const before = step.kind === "state" && steps.slice(0, at).reverse().find((one) => one.kind === "state");
  return !before || ["standing", "at", "by", "note", "step"].some((key) => before[key] !== step[key]);
}

function stepWords(step, event) {
  const by = step.by || step.who || t("card.somebody");
  if (step.kind === "state") return t(`step.${step.standing}`, { by, n: step.step ?? 0 });
  if (step.kind === "page") return t(step.repeat ? "step.page.again" : "step.page", { to: step.recipient, n: step.step });
  if (step.kind === "command") return t("step.command", { by, action: tOr("action", step.action) });
  const score = share(step.score ?? event.score);
  return t(`step.${step.kind}`, { score });
}

function drawFacts(event) {
  const known = (value) => value !== null && value !== undefined && value !== "";
  const promise = event.promise && known(event.promise.target_recall) ? t("fact.promise.words", { recall: share(event.promise.target_recall), confidence: share(event.promise.confidence ?? 0), n: event.promise.incidents ?? 0 }) : null;
  const rows = [
    ["site", event.site],
    ["camera", event.camera],
    ["zone", event.zone],
    ["opened", fullTime(event.opened_at)],
    ["detected", fullTime(event.detected_at)],
    ["closed", fullTime(event.closed_at)],
    ["standing", t(`standing.${event.standing}`)],
    ["score", typeof event.score === "number" && event.label !== "camera" ? t("card.score", { score: share(event.score), threshold: share(event.threshold) }) : null],
    ["promise", promise],
    ["path", event.path && tOr(event.label === "camera" ? "health" : "path", event.path)],
    ["model", event.model && event.model.name],
    ["replayed", event.replayed ? t("yes") : null],
    ["durable", event.durable === false ? t("fact.durable.no") : null],
    ["id", event.event_id],
  ];
  byId("fact-list").replaceChildren(...rows.filter(([, value]) => known(value)).map(([key, value]) => el("div", {}, el("dt", {}, t(`fact.${key}`)), el("dd", {}, value))));
}

frame.heard = (change) => {
  if (change.kind === "command" && change.event_id === id) {
    answers.told(change);
    fetchSoon();
  } else if (change.kind === "all" || change.key === id || change.event?.event_id === id) fetchSoon();
};
onLanguage(draw);
bindCardKeys(
  byId("cards"),
  {
    a: (node) => node.card.press("acknowledge"),
    r: (node) => node.card.press("resolve"),
    f: (node) => node.card.press("false_alarm"),
    n: (node) => node.card.ask.focus(),
    h: (node) => node.card.picture.toggleHeat(),
    p: (node) => node.card.picture.togglePlay(),
  },
  () => frame.alarm.silence(),
);
await frame.start();
await fetchEvent();
setInterval(() => card && card.tick(frame.store.nowMs()), 1000);
