// What every page has: who looks, the language, the theme, banners, and the live line.

import { Alarm } from "./alarm.js";
import { Banners } from "./banners.js";
import { byId, setAttribute, setText } from "./dom.js";
import { bindKeysSheet } from "./keys.js";
import { recall, remember } from "./kept.js";
import { get, post, setLeaving, setToken } from "./server.js";
import { isUntaken, Store } from "./store.js";
import { Stream } from "./stream.js";
import { speak, t, tOr } from "./words.js";

const REFETCH_MS = 300;

export class Frame {
  constructor(page) {
    this.page = page;
    this.store = new Store();
    this.me = { name: null, role: "viewer", csrf: "", lang: null };
    this.draw = () => {}; // the page's own drawing, called after every change
    this.heard = () => {}; // every change itself
    this.drawn = 0;
    this.refetch = null;
    this.link = "connecting";
  }

  async start() {
    const me = await get("/api/me").catch(() => null);
    if (me) this.me = me;
    setToken(this.me.csrf);
    await speak(this.me.lang);
    this.bindHeader();
    this.alarm = new Alarm();
    this.alarm.bind();
    this.banners = new Banners(byId("banners"), this.store);
    bindKeysSheet();
    this.stream = new Stream("/api/stream", {
      onChange: (change) => this.take(change),
      onOpen: () => this.fetchAll(),
      onBeat: (now) => now && this.store.setClock(now),
      onState: (state) => this.setLink(state),
    });
    this.setLink("connecting");
    this.stream.start();
    setInterval(() => this.banners.draw(), 1000);
  }

  canAnswer() {
    return this.me.role === "responder" || this.me.role === "admin" || this.me.login === false;
  }

  // Where an event is, in one short line. The site only where there are several.
  place(event) {
    const several = this.store.sites.size > 1;
    return [event.camera, event.zone, several ? event.site : null].filter(Boolean).join(" · ");
  }

  title(event) {
    const words = `${tOr("label", event.label)} · ${this.place(event)}`;
    return event.drill ? `${t("drill")} · ${words}` : words;
  }

  async fetchAll() {
    clearTimeout(this.refetch);
    this.refetch = null;
    this.store.beginFetch();
    let fresh;
    try {
      fresh = this.store.endFetch(await get("/api/overview"));
      this.banners.failed = false;
    } catch {
      fresh = this.store.endFetch(null);
      this.banners.failed = true;
      this.refetchSoon(5000);
    }
    this.announce(fresh);
    this.heard({ kind: "all" });
    this.redraw();
  }

  refetchSoon(afterMs = REFETCH_MS) {
    if (!this.refetch) this.refetch = setTimeout(() => this.fetchAll(), afterMs);
  }

  take(change) {
    const { fresh, refetch } = this.store.take(change);
    if (refetch) this.refetchSoon();
    this.announce(fresh);
    this.heard(change);
    // A burst is drawn once, with the next picture of the screen.
    if (!this.drawn) {
      this.drawn = requestAnimationFrame(() => this.redraw());
      // A page out of sight gets no such picture, but its title and its sound must follow.
      if (document.hidden) this.redraw();
    }
  }

  redraw() {
    cancelAnimationFrame(this.drawn);
    this.drawn = 0;
    this.drawLink();
    this.banners.draw();
    this.draw();
  }

  announce(fresh) {
    const untaken = this.store.ordered().filter(isUntaken);
    this.alarm.update(untaken, fresh, (event) => this.title(event));
    // Readers speak what is new here at once; several are told in one breath.
    if (fresh.length) byId("say-now").textContent = fresh.slice(0, 3).map((event) => t("say.new", { what: this.title(event) })).join(" ");
  }

  say(words) {
    byId("say").textContent = words;
  }

  setLink(state) {
    this.link = state;
    this.drawLink();
    if (this.banners) this.banners.setLink(state);
  }

  // Green means that an alert would be seen: a server that hears nothing itself is no live line.
  drawLink() {
    const deaf = this.link === "live" && this.store.broker && !this.store.broker.connected;
    const chip = byId("link-state");
    setAttribute(chip, "data-state", deaf ? "deaf" : this.link);
    setText(chip.lastElementChild, t(`link.${deaf ? "deaf" : this.link}`));
  }

  bindHeader() {
    for (const link of document.querySelectorAll("nav.pages a")) {
      if (link.dataset.page === this.page) link.setAttribute("aria-current", "page");
      if (link.dataset.role === "admin") link.hidden = this.me.role !== "admin" || this.me.zones === false;
    }
    const settings = byId("settings");
    document.addEventListener("click", (event) => {
      if (settings.open && !settings.contains(event.target)) settings.open = false;
    });
    settings.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !settings.open) return;
      settings.open = false;
      settings.firstElementChild.focus();
    });
    bindLanguage(this.me, () => {
      this.drawLink();
      this.drawWho();
      this.redraw();
    });
    bindTheme();
    this.drawWho();
    const leave = byId("log-out");
    leave.hidden = !this.me.login;
    leave.addEventListener("click", () => this.logOut());
  }

  async logOut() {
    setLeaving(true);
    setText(byId("log-out-problem"), "");
    const failed = await post("/logout", {}, { stay: true }).then(() => null, (error) => error);
    if (failed && failed.status !== 401) {
      setLeaving(false);
      setText(byId("log-out-problem"), t(failed.status === 0 ? "fail.unreachable" : "fail.status", { status: failed.status }));
      return;
    }
    location.assign("/login");
  }

  drawWho() {
    setText(byId("who"), this.me.login && this.me.name ? t("settings.who", { name: this.me.name, role: tOr("role", this.me.role) }) : t("settings.nobody"));
  }
}

export function bindLanguage(me, after) {
  const choice = byId("language");
  choice.value = document.documentElement.lang;
  choice.addEventListener("change", async () => {
    await speak(me.lang, choice.value);
    after();
  });
}

function bindTheme() {
  const choice = byId("theme");
  choice.value = recall("theme", "auto");
  choice.addEventListener("change", () => {
    remember("theme", choice.value);
    if (choice.value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice.value;
  });
}
