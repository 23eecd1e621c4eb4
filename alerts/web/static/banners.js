// What keeps the page from telling the truth: said on top, in words, for as long as it holds.

import { arrange, el, setText } from "./dom.js";
import { icon } from "./icons.js";
import { ageInWords, t, time } from "./words.js";

const SETTLE_MS = 3000; // a line that comes back at once is no news

export class Banners {
  constructor(place, store) {
    this.place = place;
    this.store = store;
    this.nodes = new Map();
    this.lostAtMs = null;
    this.failed = false;
  }

  setLink(state) {
    if (state === "live") this.lostAtMs = null;
    else if (state === "lost" && this.lostAtMs === null) this.lostAtMs = Date.now();
  }

  // Everything that is wrong now: [key, how bad, words].
  faults() {
    const { store } = this;
    const found = [];
    const lost = this.lostAtMs !== null && Date.now() - this.lostAtMs >= SETTLE_MS;
    if (lost || this.failed) {
      const at = this.lostAtMs ?? Date.now();
      found.push(["server", "bad", t("banner.server", { at: time(at), ago: ageInWords(Date.now() - at) })]);
    }
    if (!store.known) return found;
    if (store.broker && !store.broker.connected) {
      found.push(["broker", "bad", t(store.broker.since ? "banner.broker" : "banner.broker.never", { at: time(store.broker.since) })]);
    }
    const sites = [...store.sites.values()];
    for (const site of sites) {
      if (site.availability === "offline") found.push([`device ${site.site}`, "bad", t("banner.device", { site: site.site })]);
    }
    const deskless = sites.filter((site) => site.desk !== "online");
    if (sites.length && deskless.length === sites.length) found.push(["desk", "warn", t("banner.desk")]);
    else for (const site of deskless) found.push([`desk ${site.site}`, "warn", t("banner.desk.site", { site: site.site })]);
    return found;
  }

  draw() {
    const found = this.faults();
    for (const [key, level, words] of found) {
      let node = this.nodes.get(key);
      if (!node) {
        // `status`: read out when it comes, without breaking into an alarm that is being read.
        node = el("p", { class: "banner", data: { level, fault: key }, role: "status" }, icon("other"), el("span"));
        this.nodes.set(key, node);
      }
      setText(node.lastElementChild, words);
    }
    const keys = new Set(found.map(([key]) => key));
    for (const key of this.nodes.keys()) if (!keys.has(key)) this.nodes.delete(key);
    arrange(this.place, found.map(([key]) => this.nodes.get(key)));
  }
}
