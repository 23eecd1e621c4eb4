// One item at a time: it is shown, the suggestion beside it, and one key answers it.

import { byId, el, setAttribute, setText } from "/static/dom.js";
import { share, t, tOr } from "/static/words.js";
import { Clip } from "./clip.js";
import { mediaPath } from "./line.js";
import { Marks, STATES } from "./marks.js";
import { Stage } from "./stage.js";

export const ANSWERS = [["collapse", "c"], ["spill", "s"], ["nothing", "n"], ["unsure", "u"]];
const POLL_MS = 700;
const STEP = 0.004;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Single {
  constructor({ line, answered, say }) {
    Object.assign(this, { line, answered, say });
    this.item = null;
    this.asks = null; // an answer that still wants to know when it began
    this.marks = new Marks(() => this.draw());
    this.stage = new Stage(byId("stage"), this.marks, { drawn: (kind, made) => this.drawn(kind, made), loaded: (good) => this.ask(good ? null : "picture.fault", { name: this.item?.name }) });
    this.clip = new Clip(this.stage, { changed: (which) => this.timed(which), trouble: (key, values) => this.ask(key, values) });
    for (const [id, kind] of [["draw-box", "box"], ["draw-spill", "spill"], ["draw-floor", "floor"]]) {
      // Pressed by a keyboard there is no place to draw at: the mark comes into the middle.
      byId(id).addEventListener("click", (event) => (event.detail === 0 ? this.stage.centre(kind) : this.stage.begin(kind)));
    }
    byId("draw-none").addEventListener("click", () => this.marks.none());
    this.buttons();
    setInterval(() => this.poll(), POLL_MS);
  }

  buttons() {
    byId("answers").replaceChildren(
      ...ANSWERS.map(([answer, key]) =>
        el("button", { type: "button", class: `answer ${answer}`, data: { answer }, on: { click: () => this.answer(answer) } }, el("span", {}, tOr("answer", answer)), el("kbd", {}, key.toUpperCase())),
      ),
    );
  }

  show(item) {
    this.item = item;
    byId("single").dataset.number = item.number;
    this.asks = null;
    this.since = performance.now();
    const said = item.said;
    const offered = said || item.suggestion;
    this.marks.take(offered?.boxes ?? null, offered?.areas ?? null);
    this.stage.editable = item.kind === "picture";
    this.clip.close();
    this.ask(null);
    if (item.kind === "clip") this.clip.open(item);
    else this.stage.picture(mediaPath(item), t("picture.alt", { name: item.name }));
    if (said && item.kind === "clip") [this.clip.onset, this.clip.end] = [said.onset_s, said.end_s];
    setText(byId("name"), item.name);
    setText(byId("place"), [item.place, item.at_s === null ? "" : t("moment", { s: item.at_s }), item.alerted ? t("alerted", { label: tOr("answer", item.alerted) }) : ""].filter(Boolean).join(" · "));
    this.draw();
    this.say([item.name, byId("suggested").textContent].join(". "));
  }

  // The suggestion of what is shown may come a little later.
  async poll() {
    const { item } = this;
    if (!item?.pending || document.hidden) return;
    const fresh = await this.line.item(item.number).catch(() => null);
    if (!fresh || fresh.pending || this.item !== item) return;
    this.item = fresh;
    if (!this.marks.edited && fresh.suggestion) this.marks.take(fresh.suggestion.boxes, fresh.suggestion.areas);
    if (fresh.kind === "clip") this.clip.suggest(fresh);
    this.draw();
    this.say(byId("suggested").textContent);
  }

  ask(key, values = {}) {
    setText(byId("ask"), key ? t(key, values) : "");
  }

  drawn(kind, made) {
    if (kind) this.ask(kind === "box" ? "marks.draw.box" : "marks.draw.area");
    else this.ask(made ? "marks.made" : null);
    if (made) byId("marks-fold").open = true;
  }

  draw() {
    if (!this.item) return;
    this.stage.draw();
    this.clip.draw();
    this.drawSuggested();
    this.drawMarks();
    byId("marks-fold").hidden = this.item.kind === "clip";
    for (const button of byId("answers").children) {
      setAttribute(button, "data-suggested", this.item.suggestion?.answer === button.dataset.answer ? "" : null);
      setAttribute(button, "aria-pressed", this.item.said?.answer === button.dataset.answer ? "true" : null);
    }
  }

  drawSuggested() {
    const { suggestion, blind, pending, fault } = this.item;
    const place = byId("suggested");
    const key = JSON.stringify([suggestion?.answer, suggestion?.score, blind, pending, fault, document.documentElement.lang]);
    if (place.dataset.key === key) return;
    place.dataset.key = key;
    place.className = `suggested ${suggestion?.answer || ""}`;
    if (suggestion) {
      place.replaceChildren(
        el("p", {}, t("suggested"), " ", el("strong", {}, tOr("answer", suggestion.answer)), " ", el("span", { class: "score" }, share(suggestion.score))),
        el("button", { type: "button", class: "main", on: { click: () => this.accept() } }, el("span", {}, t("accept")), " ", el("kbd", {}, "Enter")),
      );
    } else {
      const words = fault ? t("suggested.fault") : blind ? t("suggested.blind") : pending ? t("suggested.pending") : t("suggested.none");
      place.replaceChildren(el("p", {}, words));
    }
  }

  drawMarks() {
    const { boxes, areas } = this.marks;
    const count = (boxes?.length || 0) + (areas?.length || 0);
    setText(byId("marks-count"), boxes === null && areas === null ? t("marks.unmarked") : t("marks.count", { n: count }));
    const rows = this.marks.all().map(({ type, index }) => this.row(type, index));
    byId("marks").replaceChildren(...rows);
  }

  row(type, index) {
    const chosen = this.marks.isChosen(type, index);
    const choose = () => chosen || this.marks.choose(type, index);
    const name = type === "box" ? t("marks.person", { n: index + 1 }) : tOr("area", this.marks.areas[index][0]);
    const parts = [el("button", { type: "button", class: "plain pick", "aria-pressed": String(chosen), on: { click: choose } }, name)];
    if (type === "box") {
      const state = this.marks.boxes[index][4];
      parts.push(el("select", { "aria-label": t("marks.state", { n: index + 1 }), on: { change: (event) => this.marks.state(index, event.target.value) } }, ...STATES.map((one, key) => el("option", { value: one, selected: one === state }, `${key + 1} ${tOr("state", one)}`))));
    }
    parts.push(el("button", { type: "button", class: "plain", "aria-label": t("marks.remove", { name }), on: { click: () => this.marks.remove(type, index) } }, "×"));
    return el("li", { class: chosen ? "chosen" : "" }, ...parts);
  }

  // Whose marks go with an answer: those made by hand; the model's where its answer was taken, too.
  marksFor(answer) {
    const { boxes, areas, edited } = this.marks;
    const own = edited || this.item.said;
    return own || answer === this.item.suggestion?.answer ? { boxes, areas } : { boxes: null, areas: null };
  }

  accept() {
    if (this.asks) this.send(this.asks);
    else if (this.item?.suggestion) this.answer(this.item.suggestion.answer);
    else this.ask("accept.none");
  }

  answer(answer) {
    if (!this.item) return;
    const happens = answer === "collapse" || answer === "spill";
    if (this.item.kind === "clip" && happens) {
      const foreign = this.item.suggestion && this.item.suggestion.answer !== answer && this.clip.onset === this.item.suggestion.onset_s;
      if (foreign) [this.clip.onset, this.clip.end] = [null, null];
      if (this.clip.onset === null && this.asks !== answer) {
        this.asks = answer;
        this.ask("clip.when", { label: tOr("answer", answer) });
        this.draw();
        return;
      }
    }
    this.send(answer);
  }

  // The begin was asked for, and is there now.
  timed(which) {
    if (this.asks && which === "onset") this.ask("clip.then", { label: tOr("answer", this.asks) });
  }

  send(answer) {
    const { item, clip } = this;
    const happens = answer === "collapse" || answer === "spill";
    const times = item.kind === "clip" && happens ? { onset_s: clip.onset, end_s: clip.end } : {};
    const shown = Boolean(item.suggestion);
    this.item = null;
    this.answered(item, { item: item.number, answer, ...times, ...this.marksOf(item, answer), took_s: Math.min(86400, (performance.now() - this.since) / 1000), shown });
  }

  marksOf(item, answer) {
    if (item.kind === "clip") return {};
    this.item = item;
    const found = this.marksFor(answer);
    this.item = null;
    return found;
  }

  undoMark() {
    if (this.stage.cancel()) return true;
    if (this.asks) {
      this.asks = null;
      this.ask(null);
      return true;
    }
    return this.marks.undo();
  }

  key(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!this.item) return false;
    if (key === "Escape") return this.stage.cancel() || (this.marks.chosen !== null && (this.marks.choose(null), true));
    if (this.item.kind === "clip") return this.clip.key(event);
    const { chosen } = this.marks;
    const kind = { b: "box", l: "spill", f: "floor" }[key];
    if (key === "Enter" && this.stage.drawing?.points.length >= 3) this.stage.close();
    else if (kind) this.stage.begin(kind);
    else if (key === "m") this.marks.none();
    else if (key === "." || key === ",") this.marks.step(key === "." ? 1 : -1);
    else if (chosen?.type === "box" && STATES[Number(key) - 1]) this.marks.state(chosen.index, STATES[Number(key) - 1]);
    else if (chosen && (key === "Delete" || key === "Backspace")) this.marks.remove(chosen.type, chosen.index);
    else if (chosen && ARROWS[key]) this.nudge(chosen, ARROWS[key], event);
    else return false;
    return true;
  }

  // Arrows move a mark; with shift they move its lower right corner.
  nudge({ type, index }, [x, y], event) {
    const key = `keys ${type} ${index} ${event.shiftKey}`;
    if (event.shiftKey && type === "box") {
      const [left, top, w, h] = this.marks.boxes[index];
      this.marks.edges(index, [left, top, left + w + x * STEP, top + h + y * STEP], key);
    } else this.marks.shift(type, index, x * STEP, y * STEP, key);
  }
}
