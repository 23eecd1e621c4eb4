// One open event: what, where, since when, who; its picture; and the three answers.

import { el, setAttribute, setText } from "./dom.js";
import { icon, replaceSign, signOf } from "./icons.js";
import { Picture } from "./picture.js";
import { isOver, isTaken, isUntaken } from "./store.js";
import { age, share, t, tOr, when } from "./words.js";

export const ACTIONS = ["acknowledge", "resolve", "false_alarm"];
const KEYS = { acknowledge: "A", resolve: "R", false_alarm: "F" };
// A card that has just slid under a finger takes no press: it was meant for the one before it.
const SLID_MS = 400;
let ordinal = 0;

export class Card {
  constructor(frame, answers) {
    this.frame = frame;
    this.answers = answers;
    this.slidMs = -SLID_MS;
    ordinal += 1;
    const id = `card-${ordinal}`;
    this.sign = icon("other");
    this.label = el("span", { class: "label" });
    this.drill = el("b", { class: "tag drill" });
    this.step = el("b", { class: "tag" });
    this.replayed = el("b", { class: "tag" });
    this.age = el("time", { class: "age" });
    this.where = el("span", { class: "where" });
    this.heading = el("h2", { id, class: "what" }, this.label, el("span", { class: "unseen" }, ", "), this.where);
    this.since = el("p", { class: "since" });
    this.meter = scoreBar();
    this.standing = el("p", { class: "standing" }, icon("person"), el("span"));
    this.note = el("p", { class: "note" });
    this.ask = el("input", { class: "ask", type: "text", maxlength: "500", autocomplete: "off", on: { keydown: (event) => this.leaveNote(event) } });
    this.buttons = ACTIONS.map((action) => this.button(action));
    this.outcome = el("p", { class: "outcome", role: "status" }, el("span"));
    this.undo = el("button", { type: "button", class: "undo", hidden: true, on: { click: () => this.takeBack() } });
    this.details = el("a", { class: "details" });
    this.picture = new Picture();
    this.answer = el("div", { class: "answer" }, this.ask, el("div", { class: "presses" }, ...this.buttons), el("div", { class: "after" }, this.outcome, this.undo));
    this.node = el(
      "article",
      { class: "card", tabindex: "-1", "aria-labelledby": id },
      el("div", { class: "flag" }, this.sign, this.heading, el("span", { class: "tags" }, this.drill, this.step, this.replayed), this.age),
      el("div", { class: "body" }, this.picture.node, el("div", { class: "facts" }, this.standing, this.note, this.since, this.meter.node, this.answer, this.details)),
    );
    this.node.card = this;
  }

  button(action) {
    return el(
      "button",
      { type: "button", class: `press ${action}`, data: { action }, "aria-keyshortcuts": KEYS[action], on: { click: (event) => this.pressed(event, action) } },
      el("span"),
      el("kbd", { "aria-hidden": "true" }, KEYS[action]),
    );
  }

  pressed(event, action) {
    // `detail` counts the clicks of a pointer; a key has none, and knows which card it is on.
    if (event.detail > 0 && performance.now() - this.slidMs < SLID_MS) this.frame.say(t("say.slid"));
    else this.press(action);
  }

  press(action) {
    if (!this.frame.canAnswer() || this.pressable(action) === false) return;
    this.answers.press(this.event.event_id, action, this.ask.value.trim());
  }

  pressable(action) {
    // As the desk has it: what is resolved may yet turn out to have been nothing.
    if (isOver(this.event)) return action === "false_alarm" && this.event.standing === "resolved";
    return !(action === "acknowledge" && isTaken(this.event));
  }

  leaveNote(event) {
    if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      this.node.focus({ preventScroll: true });
    }
  }

  takeBack() {
    this.answers.undo(this.event.event_id);
    this.node.focus({ preventScroll: true }); // the button that had it is gone
  }

  update(event) {
    const before = this.event;
    this.event = event;
    const known = signOf(event.label);
    this.sign = replaceSign(this.sign, known);
    setAttribute(this.node, "data-label", known);
    setAttribute(this.node, "data-standing", event.standing);
    setAttribute(this.node, "data-untaken", isUntaken(event) ? "" : null);
    setAttribute(this.node, "data-drill", event.drill ? "" : null);
    setAttribute(this.node, "data-event", event.event_id);
    setText(this.label, what(event));
    setText(this.where, this.frame.place(event));
    tag(this.drill, event.drill, t("drill"));
    tag(this.step, event.standing === "escalated", t("card.step", { n: event.step }));
    tag(this.replayed, event.replayed, t("card.replayed"));
    setAttribute(this.age, "datetime", event.opened_at);
    this.meter.update(event);
    this.drawStanding(event);
    this.drawAnswer(event);
    setText(this.details, t("card.details"));
    setAttribute(this.details, "href", `/events/${encodeURIComponent(event.event_id)}`);
    setAttribute(this.ask, "placeholder", t("card.note"));
    setAttribute(this.ask, "aria-label", t("card.note"));
    this.picture.update(event, this.frame.title(event));
    this.tick(this.frame.store.nowMs());
    if (before && before.standing !== event.standing) this.ask.value = "";
  }

  drawStanding(event) {
    const now = this.frame.store.nowMs();
    const by = event.by || t("card.somebody");
    const key = isUntaken(event) ? "card.untaken" : `card.${event.standing}`;
    setText(this.standing.lastElementChild, t(key, { by, at: when(event.stands_since || event.updated_at, now) }));
    setText(this.note, event.note || "");
    this.note.hidden = !event.note;
  }

  drawAnswer(event) {
    this.answer.hidden = !this.frame.canAnswer() || event.standing === "false_alarm";
    const answer = this.answers.of(event.event_id);
    for (const button of this.buttons) {
      const { action } = button.dataset;
      setText(button.firstElementChild, t(`action.${action}`));
      button.disabled = !this.pressable(action);
      const mine = answer && answer.action === action && answer.state !== "failed";
      setAttribute(button, "data-pending", mine ? "" : null);
    }
    setAttribute(this.outcome, "data-state", answer ? answer.state : null);
    setText(this.outcome.firstElementChild, answer ? outcomeWords(answer) : "");
    this.undo.hidden = !answer || answer.state !== "held";
    setText(this.undo, t("answer.undo"));
  }

  // Once a second: the server's time, not this machine's.
  tick(nowMs) {
    const since = Date.parse(this.event.opened_at);
    const passed = nowMs - since;
    setText(this.age, age(passed));
    const ended = this.event.ongoing === false;
    const opened = when(this.event.opened_at, nowMs);
    const until = this.event.closed_at ? when(this.event.closed_at, nowMs) : null;
    const lasts = this.event.label === "camera" ? "card.lasts" : "card.since";
    const words = !ended ? lasts : until ? "card.ended" : "card.over"; // the desk alone told us: no time
    setText(this.since, t(words, { at: opened, until }));
  }
}

// Of a camera that cannot see, why.
export function what(event) {
  const known = event.label === "camera" && event.path;
  return known ? t("label.camera.why", { why: tOr("health", event.path) }) : tOr("label", event.label);
}

function tag(node, shown, words) {
  node.hidden = !shown;
  setText(node, shown ? words : "");
}

function outcomeWords(answer) {
  const action = t(`action.${answer.action}`);
  if (answer.state !== "failed") return t(`answer.${answer.state}`, { action });
  return t("answer.failed", { action, why: failureWords(answer.error) });
}

export function failureWords(error) {
  if (error.status === 0) return t("fail.unreachable");
  if (error.code === "role") return t("fail.role");
  if (error.status === 429) return t("fail.busy");
  return error.message || t("fail.status", { status: error.status });
}

// How sure it was, against what alarms here: a bar with a mark.
export function scoreBar() {
  const fill = el("i", { class: "fill" });
  const mark = el("i", { class: "mark" });
  const words = el("span", { class: "words" });
  const node = el("p", { class: "score" }, words, el("span", { class: "track", "aria-hidden": "true" }, fill, mark));
  const percent = (value) => `${Math.round(Math.min(1, Math.max(0, value)) * 1000) / 10}%`;
  return {
    node,
    update(event) {
      node.hidden = event.label === "camera" || typeof event.score !== "number" || typeof event.threshold !== "number"; // no alert of it came, only how it stands
      fill.style.inlineSize = percent(event.score);
      mark.style.insetInlineStart = percent(event.threshold);
      setText(words, t("card.score", { score: share(event.score), threshold: share(event.threshold) }));
    },
  };
}
