// Being heard: a sound until somebody answers, the tab's title and sign, a notice of the system.

import { recall, remember } from "./kept.js";
import { byId, setAttribute, setText } from "./dom.js";
import { icon, LABELS, replaceSign } from "./icons.js";
import { onLanguage, t } from "./words.js";

// Per label: tones in Hz, seconds each, and how long until they come again. Told apart by ear.
const CALLS = {
  collapse: { tones: [880, 1175, 1568, 880, 1175, 1568], toneS: 0.14, everyMs: 3000 },
  spill: { tones: [523, 392], toneS: 0.3, everyMs: 9000 },
  camera: { tones: [392, 330], toneS: 0.3, everyMs: 20000 },
  unusual: { tones: [392], toneS: 0.3, everyMs: 20000 },
};
const FLASH_MS = 1000;

export class Alarm {
  constructor() {
    this.wanted = recall("sound", "off") === "on";
    this.volume = Math.min(100, Math.max(0, Number(recall("volume", "70")) || 0));
    this.notices = recall("notices", "off") === "on";
    this.context = null;
    this.ringing = null; // the label that rings, or null
    this.silenced = new Set(); // events that were silenced here, without being answered
    this.timer = null;
    this.untaken = [];
    this.baseTitle = document.body.dataset.title || "";
    this.flash = false;
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    setInterval(() => this.drawTitle(), FLASH_MS);
    onLanguage(() => this.draw());
    // Browsers let a page sound only after a press: after a reload any press will do.
    for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, () => this.unlock(), { passive: true });
  }

  bind() {
    byId("sound").append(icon("silent"), Object.assign(document.createElement("span"), { className: "words" }));
    byId("sound").addEventListener("click", () => this.press());
    const volume = byId("volume");
    volume.value = String(this.volume);
    volume.addEventListener("input", () => {
      this.volume = Number(volume.value);
      remember("volume", this.volume);
    });
    byId("try-sound").addEventListener("click", () => this.begin() && this.play("collapse"));
    const notices = byId("notices");
    notices.checked = this.notices && "Notification" in window && Notification.permission === "granted";
    notices.addEventListener("change", async () => {
      this.notices = notices.checked && "Notification" in window && (await Notification.requestPermission()) === "granted";
      notices.checked = this.notices;
      remember("notices", this.notices ? "on" : "off");
    });
    this.unlock(true);
    this.draw();
  }

  // The button: rings → be silent about these; else on or off.
  press() {
    if (this.ringing && this.audible()) this.silence();
    else if (this.wanted && !this.audible()) this.begin();
    else {
      this.wanted = !this.wanted;
      remember("sound", this.wanted ? "on" : "off");
      if (this.wanted && this.begin()) this.play("spill");
    }
    this.check();
  }

  silence() {
    for (const event of this.untaken) this.silenced.add(event.event_id);
    this.check();
  }

  audible() {
    return this.wanted && this.context !== null && this.context.state === "running";
  }

  unlock(quietly = false) {
    if (!this.wanted || this.audible() || (quietly && !navigator.userActivation?.hasBeenActive)) return;
    this.begin();
  }

  begin() {
    if (!this.context) {
      this.context = new AudioContext();
      this.context.onstatechange = () => this.check();
    }
    if (this.context.state !== "running") this.context.resume().then(() => this.check(), () => this.check());
    return true;
  }

  // All events that nobody has taken, the most pressing first. `fresh` are those that just came.
  update(untaken, fresh, place) {
    this.untaken = untaken;
    const ids = new Set(untaken.map((event) => event.event_id));
    for (const id of this.silenced) if (!ids.has(id)) this.silenced.delete(id);
    for (const event of fresh) {
      this.silenced.delete(event.event_id);
      this.notify(event, place(event));
    }
    this.headline = untaken.length ? place(untaken[0]) : "";
    this.check();
  }

  check() {
    const loud = this.untaken.filter((event) => !event.drill && !this.silenced.has(event.event_id));
    const label = loud.length === 0 ? null : LABELS.find((one) => loud.some((event) => event.label === one)) || "spill";
    if (label !== this.ringing) {
      this.ringing = label;
      clearTimeout(this.timer);
      this.timer = null;
    }
    if (label && !this.timer && this.audible()) this.ring();
    this.draw();
    this.drawTitle();
  }

  ring() {
    this.timer = null;
    if (!this.ringing) return;
    if (this.audible()) this.play(this.ringing);
    this.timer = setTimeout(() => this.ring(), CALLS[this.ringing].everyMs);
  }

  play(label) {
    const { tones, toneS } = CALLS[label];
    const context = this.context;
    tones.forEach((hertz, index) => {
      const from = context.currentTime + 0.02 + index * toneS * 1.15;
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.type = "triangle";
      tone.frequency.value = hertz;
      // Soft edges: a hard one clicks.
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(this.volume / 100, from + 0.015);
      gain.gain.setValueAtTime(this.volume / 100, from + toneS * 0.8);
      gain.gain.linearRampToValueAtTime(0, from + toneS);
      tone.connect(gain).connect(context.destination);
      tone.start(from);
      tone.stop(from + toneS + 0.02);
    });
  }

  draw() {
    const button = byId("sound");
    if (!button || !button.firstElementChild) return;
    const state = this.ringing && this.audible() ? "ringing" : this.audible() ? "on" : this.wanted ? "blocked" : "off";
    setAttribute(button, "data-state", state);
    replaceSign(button.firstElementChild, this.audible() ? "sound" : "silent");
    setText(button.lastElementChild, t(`sound.${state}`));
  }

  drawTitle() {
    const count = this.untaken.length;
    const sign = document.querySelector('link[rel="icon"]');
    const path = count ? "/static/icon-alarm.svg" : "/static/icon.svg";
    if (sign && sign.getAttribute("href") !== path) sign.setAttribute("href", path);
    this.flash = !this.flash && !this.reduced.matches;
    const title = count === 0 ? this.baseTitle : this.flash ? t("title.flash", { n: count }) : `(${count}) ${this.headline}`;
    if (document.title !== title) document.title = title;
  }

  notify(event, words) {
    if (!this.notices || !document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    const notice = new Notification(words, { tag: event.event_id, requireInteraction: true, lang: document.documentElement.lang });
    notice.onclick = () => {
      window.focus();
      notice.close();
    };
  }
}
