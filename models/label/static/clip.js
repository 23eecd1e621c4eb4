// A clip: played and scrubbed, its begin and end set, and what the model says of it over time.

import { byId, el, setAttribute, setText, svg } from "/static/dom.js";
import { t } from "/static/words.js";

const HIGH = 64;
const STEP_S = 0.2;
const JUMP_S = 5;
const RETRY_MS = 1000;
const shown = (seconds) => (seconds === null || seconds === undefined ? "–" : `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`);

export class Clip {
  constructor(stage, { changed, trouble }) {
    Object.assign(this, { stage, changed, trouble });
    this.video = null;
    this.place = byId("timeline");
    this.times = byId("times");
    const on = { pointerdown: (event) => this.scrub(event, true), pointermove: (event) => this.scrub(event, false), keydown: (event) => this.slide(event) };
    this.line = svg("svg", { class: "line", tabindex: "0", role: "slider", "aria-valuemin": "0", preserveAspectRatio: "none", on });
    this.now = el("span", { class: "now" });
    this.legend = el("span", { class: "legend" });
    this.play = el("button", { type: "button", class: "plain", on: { click: () => this.toggle() } });
    this.place.append(el("div", { class: "transport" }, this.play, this.now, this.legend), this.line);
    new ResizeObserver(() => this.draw()).observe(this.place);
  }

  open(item) {
    this.item = item;
    this.onset = null;
    this.end = null;
    this.place.hidden = false;
    this.times.hidden = false;
    this.video = this.stage.video(t("clip.label", { name: item.name }));
    for (const event of ["timeupdate", "seeked", "loadedmetadata", "play", "pause"]) this.video.addEventListener(event, () => this.draw());
    this.load();
    this.suggest(item);
  }

  // What the model suggests, once it does; what was set by hand stays.
  suggest(item) {
    this.item = item;
    if (item.suggestion && this.onset === null) [this.onset, this.end] = [item.suggestion.onset_s, item.suggestion.end_s];
    this.draw();
  }

  async load() {
    const { item } = this;
    const path = `/clip/${item.number}?v=${item.version}`;
    const answer = await fetch(path, { headers: { Range: "bytes=0-0" }, cache: "no-store" }).catch(() => null);
    if (this.item.number !== item.number || !this.video) return;
    if (answer?.ok) {
      this.video.src = path;
      this.video.play().catch(() => {}); // a browser that plays nothing by itself: Space does
    } else if (answer?.status === 503) {
      this.trouble("clip.making", {});
      setTimeout(() => this.load(), RETRY_MS);
    } else this.trouble("clip.fault", { name: item.name });
  }

  close() {
    this.place.hidden = true;
    this.times.hidden = true;
    this.video?.pause();
    this.video = null;
  }

  get length() {
    const own = this.video?.duration;
    return Number.isFinite(own) && own > 0 ? own : this.item?.length_s || 1;
  }

  get at() {
    return this.video?.currentTime || 0;
  }

  toggle() {
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  seek(seconds) {
    if (!this.video) return;
    this.video.currentTime = Math.min(this.length, Math.max(0, seconds));
    this.draw();
  }

  peak() {
    const curve = this.item.suggestion?.curve;
    if (!curve?.at_s.length) return;
    const high = curve.at_s.map((_, i) => Math.max(curve.collapse[i], curve.spill[i]));
    this.seek(curve.at_s[high.indexOf(Math.max(...high))] - 1);
  }

  set(which) {
    const at = Math.round(this.at * 100) / 100;
    if (which === "onset") {
      this.onset = at;
      if (this.end !== null && this.end < at) this.end = null;
    } else {
      this.end = at;
      if (this.onset !== null && this.onset > at) this.onset = null;
    }
    this.draw();
    this.changed(which, at);
  }

  key(event) {
    const by = event.shiftKey ? JUMP_S : STEP_S;
    // Whoever looks for a moment wants it to stand still.
    if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") this.video.pause();
    if (event.key === " ") this.toggle();
    else if (event.key === "ArrowLeft") this.seek(this.at - by);
    else if (event.key === "ArrowRight") this.seek(this.at + by);
    else if (event.key === "Home") this.seek(0);
    else if (event.key === "End") this.seek(this.length);
    else if (event.key === "[") this.set("onset");
    else if (event.key === "]") this.set("end");
    else if (event.key.toLowerCase() === "j") this.peak();
    else return false;
    return true;
  }

  slide(event) {
    if (this.key(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  scrub(event, pressed) {
    if (!pressed && !(event.buttons & 1)) return;
    const box = this.line.getBoundingClientRect();
    if (pressed) this.line.setPointerCapture(event.pointerId);
    this.video?.pause();
    this.seek(((event.clientX - box.left) / box.width) * this.length);
  }

  draw() {
    if (!this.video) return;
    const wide = Math.max(1, this.line.getBoundingClientRect().width);
    const x = (seconds) => (seconds / this.length) * wide;
    setAttribute(this.line, "viewBox", `0 0 ${wide} ${HIGH}`);
    const parts = [svg("rect", { class: "bed", x: 0, y: 0, width: wide, height: HIGH })];
    if (this.onset !== null) {
      const until = this.end ?? this.length;
      parts.push(svg("rect", { class: "span", x: x(this.onset), y: 0, width: Math.max(2, x(until) - x(this.onset)), height: HIGH }));
    }
    const curve = this.item.suggestion?.curve;
    if (curve?.at_s.length) {
      for (const label of ["collapse", "spill"]) {
        const points = curve.at_s.map((at, i) => `${x(at).toFixed(1)},${(HIGH - 3 - curve[label][i] * (HIGH - 8)).toFixed(1)}`).join(" ");
        parts.push(svg("polyline", { class: `curve ${label}`, points }));
      }
    }
    for (const [name, at] of [["onset", this.onset], ["end", this.end]]) if (at !== null) parts.push(svg("path", { class: `edge ${name}`, d: `M${x(at)} 0V${HIGH}` }));
    parts.push(svg("path", { class: "head", d: `M${x(this.at)} 0V${HIGH}` }));
    this.line.replaceChildren(...parts);
    setAttribute(this.line, "aria-valuemax", this.length.toFixed(1));
    setAttribute(this.line, "aria-valuenow", this.at.toFixed(1));
    setAttribute(this.line, "aria-valuetext", shown(this.at));
    setAttribute(this.line, "aria-label", t("clip.slider"));
    setText(this.now, `${shown(this.at)} / ${shown(this.length)}`);
    setText(this.legend, curve?.at_s.length ? t("clip.legend") : "");
    setText(this.play, `${t(this.video.paused ? "clip.play" : "clip.pause")} ␣`);
    this.drawTimes();
  }

  drawTimes() {
    const row = (which, key) =>
      el("button", { type: "button", on: { click: () => this.set(which) } }, el("span", {}, `${t(`clip.${which}`)} `), el("kbd", {}, key), el("strong", {}, shown(which === "onset" ? this.onset : this.end)));
    if (this.times.childElementCount === 0) this.times.append(row("onset", "["), row("end", "]"));
    const said = this.times.querySelectorAll("strong");
    setText(said[0], shown(this.onset));
    setText(said[1], shown(this.end));
    const words = this.times.querySelectorAll("span");
    setText(words[0], `${t("clip.onset")} `);
    setText(words[1], `${t("clip.end")} `);
  }
}
