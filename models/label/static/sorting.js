// A page of pictures that have the same suggestion: one key accepts it, single ones are answered
// otherwise. Nine of them, as large as fits, where the digits lie on a keypad read from the top.

import { byId, el, setAttribute, setText } from "/static/dom.js";
import { t, tOr } from "/static/words.js";
import { mediaPath, THUMB_PX } from "./line.js";
import { ANSWERS } from "./single.js";
import { thumbMarks } from "./stage.js";

const COUNT = 9;
const OTHERWISE = { nothing: ["collapse", "spill", null], collapse: ["nothing", "spill", null], spill: ["nothing", "collapse", null] };
const WIDE = 16 / 9;
const COLUMNS = () => getComputedStyle(byId("tiles")).gridTemplateColumns.split(" ").length;

export class Sorting {
  constructor({ line, answered, empty, say }) {
    Object.assign(this, { line, answered, empty, say });
    this.later = new Set(); // taken out: to be answered one by one
    this.items = [];
    this.ahead = null;
    this.asked = 0;
    byId("accept-page").addEventListener("click", () => this.accept());
    byId("tiles").addEventListener("pointerover", (event) => {
      this.pointed = event.target.closest?.(".tile") || null;
    });
    byId("tiles").addEventListener("pointerleave", () => {
      this.pointed = null;
    });
  }

  fetch() {
    return this.line.page(COUNT, [...this.later, ...this.items.map((one) => one.number)]);
  }

  // Nothing is to be seen or accepted, whatever is still coming.
  clear() {
    Object.assign(this, { items: [], ahead: null, asked: this.asked + 1 });
    byId("tiles").replaceChildren();
    this.draw();
  }

  // What is shown may have been answered meanwhile, so it can no longer be accepted.
  anew() {
    Object.assign(this, { items: [], ahead: null });
    return this.next();
  }

  async next() {
    const asked = this.asked += 1;
    const page = await (this.ahead || this.line.page(COUNT, this.later)).catch(() => null);
    if (asked !== this.asked) return;
    this.ahead = null;
    const items = page?.items.filter((one) => !this.later.has(one.number)) || [];
    if (items.length === 0) {
      this.items = [];
      this.empty();
      return;
    }
    this.show(page.answer, items);
  }

  show(answer, items) {
    Object.assign(this, { answer, items, since: performance.now() });
    this.chosen = new Map(items.map((one) => [one.number, answer]));
    byId("tiles").replaceChildren(...items.map((one, index) => this.tile(one, index)));
    byId("tiles").firstElementChild.focus({ preventScroll: true });
    this.draw();
    this.say(byId("page-title").textContent);
    // The next page is fetched while this one is looked at.
    this.ahead = this.fetch();
    this.ahead.then((page) => page.items.forEach((one) => this.line.prefetch(one, THUMB_PX))).catch(() => {});
  }

  tile(item, index) {
    const picture = el("img", { src: mediaPath(item, THUMB_PX), alt: "", draggable: "false" });
    const shape = item.size[1] ? item.size[0] / item.size[1] : WIDE;
    const fit = el("span", { class: `fit ${shape >= WIDE - 0.01 ? "wide" : "tall"}` }, picture, thumbMarks(item.suggestion));
    fit.style.aspectRatio = String(shape);
    return el(
      "button",
      { type: "button", class: "tile", data: { number: item.number, index }, on: { click: () => this.turn(item.number) } },
      el("span", { class: "thumb" }, fit),
      el("span", { class: "foot" }, el("kbd", {}, String(index + 1)), el("span", { class: "verdict" })),
    );
  }

  // Otherwise than suggested: the likeliest first, then the rest, then later, then as it was.
  turn(number) {
    const round = [this.answer, ...OTHERWISE[this.answer]];
    const at = round.indexOf(this.chosen.get(number));
    this.put(number, round[(at + 1) % round.length]);
  }

  put(number, answer) {
    this.chosen.set(number, answer);
    this.draw();
  }

  draw() {
    byId("accept-page").hidden = this.items.length === 0;
    if (this.items.length === 0) {
      setText(byId("page-title"), t("page.coming"));
      return;
    }
    const n = [...this.chosen.values()].filter((one) => one !== null).length;
    setText(byId("page-title"), t("page.title", { n: this.items.length, label: tOr("answer", this.answer) }));
    byId("accept-page").replaceChildren(el("span", {}, t("page.accept", { n })), " ", el("kbd", {}, "Enter"));
    for (const tile of byId("tiles").children) {
      const given = this.chosen.get(Number(tile.dataset.number));
      const item = this.items[Number(tile.dataset.index)];
      const words = given === null ? t("page.later") : tOr("answer", given);
      setAttribute(tile, "data-given", given === null ? "later" : given);
      setAttribute(tile, "data-same", given === this.answer ? "" : null);
      setText(tile.querySelector(".verdict"), words);
      setAttribute(tile, "aria-label", t("page.tile", { n: Number(tile.dataset.index) + 1, name: item.name, label: words }));
    }
  }

  accept() {
    if (this.items.length === 0) return;
    const took = (performance.now() - this.since) / 1000 / this.items.length;
    const given = this.items.filter((one) => this.chosen.get(one.number) !== null);
    for (const one of this.items) if (this.chosen.get(one.number) === null) this.later.add(one.number);
    const answers = given.map((item) => {
      const answer = this.chosen.get(item.number);
      const same = answer === item.suggestion.answer;
      return { item: item.number, answer, boxes: same ? item.suggestion.boxes : null, areas: same ? item.suggestion.areas : null, took_s: Math.min(86400, took), shown: true };
    });
    const items = this.items;
    this.items = [];
    this.answered(items, answers);
  }

  key(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const tiles = [...byId("tiles").children];
    const focused = document.activeElement?.closest?.(".tile") || null;
    const tile = this.pointed || focused;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS(), ArrowDown: COLUMNS() }[key];
    const answer = ANSWERS.find(([, one]) => one === key)?.[0];
    if (key === "Enter") this.accept();
    else if (step) {
      tiles[Math.min(tiles.length - 1, Math.max(0, tiles.indexOf(focused) + step))]?.focus({ preventScroll: true });
      this.pointed = null;
    } else if (this.items[Number(key) - 1]) this.turn(this.items[Number(key) - 1].number);
    else if (tile && answer) this.put(Number(tile.dataset.number), answer);
    else if (tile && key === "x") this.put(Number(tile.dataset.number), null);
    else if (tile && key === " ") this.turn(Number(tile.dataset.number));
    else return false;
    return true;
  }
}
