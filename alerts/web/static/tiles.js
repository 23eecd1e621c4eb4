// The cameras: what each saw last, whether it can see, how often it called.

import { arrange, el, setAttribute, setText } from "./dom.js";
import { icon, replaceSign } from "./icons.js";
import { ageInWords, number, t, tOr, when } from "./words.js";

export class Tiles {
  constructor(list, store) {
    this.list = list;
    this.store = store;
    this.tiles = new Map();
  }

  // `only` leaves out the others (the wall shows those in trouble alone).
  draw(only = () => true) {
    const cameras = this.store.cameraList().filter(only);
    const keys = new Set();
    const nodes = cameras.map((camera) => {
      const key = JSON.stringify([camera.site, camera.camera]);
      keys.add(key);
      if (!this.tiles.has(key)) this.tiles.set(key, new Tile());
      const tile = this.tiles.get(key);
      tile.update(camera, this.store);
      return tile.node;
    });
    for (const key of this.tiles.keys()) if (!keys.has(key)) this.tiles.delete(key);
    arrange(this.list, nodes);
  }
}

// ok, trouble, or unknown where nobody has told; with the reason.
export function sightOf(camera, store) {
  const site = store.sites.get(camera.site);
  if (site && site.availability === "offline") return { state: "trouble", reason: "device_offline", since: null, detail: null };
  if (!camera.health || !camera.health.reason) return { state: "unknown", reason: "unknown", since: null, detail: null };
  return { state: camera.health.ok ? "ok" : "trouble", ...camera.health };
}

class Tile {
  constructor() {
    this.sign = icon("sees");
    this.name = el("a", { class: "name" });
    this.health = el("span", { class: "words" });
    this.detail = el("p", { class: "detail" });
    this.shot = el("div", { class: "shot" });
    this.shown = null;
    this.today = el("dd");
    this.week = el("dd");
    this.wrong = el("dd");
    this.terms = [el("dt"), el("dt"), el("dt")];
    this.last = el("a", { class: "last" });
    const pair = (term, value) => el("div", {}, term, value);
    this.node = el(
      "li",
      { class: "tile" },
      this.shot,
      el("div", { class: "about" }, el("h3", {}, this.name), el("p", { class: "health" }, this.sign, this.health), this.detail,
        el("dl", { class: "counts" }, pair(this.terms[0], this.today), pair(this.terms[1], this.week), pair(this.terms[2], this.wrong)), this.last),
    );
  }

  update(camera, store) {
    const now = store.nowMs();
    const sight = sightOf(camera, store);
    setAttribute(this.node, "data-health", sight.state);
    this.sign = replaceSign(this.sign, sight.state === "ok" ? "sees" : sight.state === "trouble" ? "blind" : "unknown");
    setText(this.name, store.sites.size > 1 ? `${camera.camera} · ${camera.site}` : camera.camera);
    setAttribute(this.name, "href", `/history?${new URLSearchParams({ site: camera.site, camera: camera.camera })}`);
    const since = sight.since ? ageInWords(now - Date.parse(sight.since)) : "";
    const words = tOr("health", sight.reason);
    setText(this.health, since ? t("health.since", { words, ago: since }) : words);
    setText(this.detail, sight.state === "trouble" && sight.detail ? sight.detail : "");
    this.detail.hidden = !this.detail.textContent;
    const counts = camera.counts || {};
    [["today", this.today], ["week", this.week], ["false_alarms", this.wrong]].forEach(([key, node], index) => {
      setText(this.terms[index], t(`tile.${key}`));
      setText(node, number(counts[key] || 0));
    });
    this.last.hidden = !camera.last_event;
    if (camera.last_event) {
      setAttribute(this.last, "href", `/events/${encodeURIComponent(camera.last_event)}`);
      setText(this.last, t("tile.last", { at: when(camera.last_event_at, now) }));
    }
    this.drawShot(camera, sight.state === "trouble" ? camera.view_url : null);
  }

  // What it shows while it cannot see, else what it saw last.
  drawShot(camera, view) {
    const source = view || camera.snapshot_url || null;
    const words = t(view ? "tile.view" : "tile.alt", { camera: camera.camera });
    if (this.shown === source && this.shot.firstElementChild) {
      const image = this.shot.querySelector("img");
      if (image) setAttribute(image, "alt", words);
      return;
    }
    this.shown = source;
    const none = () => el("span", { class: "none", "aria-hidden": "true" }, icon("sees"));
    this.shot.replaceChildren(
      source
        ? el("img", { src: source, alt: words, loading: "lazy", decoding: "async", on: { error: () => this.shot.replaceChildren(none()) } })
        : none(),
    );
  }
}
