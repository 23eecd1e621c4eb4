// What is known right now: open events, cameras, sites, the broker. One place, told by the server.

import { LABELS } from "./icons.js";

const OVER = new Set(["resolved", "false_alarm"]);
const LATEST_MAX = 8;
const GIVEN_MAX = 500; // no more open events than that are given to a page at once

export const isTaken = (event) => event.standing === "acknowledged";
export const isOver = (event) => OVER.has(event.standing);
export const isUntaken = (event) => !isTaken(event) && !isOver(event);
const cameraKey = (site, camera) => JSON.stringify([site, camera]);

export class Store {
  constructor() {
    this.events = new Map();
    this.cameras = new Map();
    this.sites = new Map();
    this.broker = null;
    this.counted = { open: 0, untaken: {} }; // all that wait, also those that we were not given
    this.done = []; // the last ones that somebody finished while this page was open
    this.known = false; // whether the server has told us anything yet
    this.fetching = 0;
    this.meanwhile = [];
    this.aheadMs = 0;
  }

  // The server's clock, never this machine's: a wrong wall clock must not age an event.
  nowMs() {
    return Date.now() + this.aheadMs;
  }

  setClock(now) {
    const at = Date.parse(now);
    if (Number.isFinite(at)) this.aheadMs = at - Date.now();
  }

  // Changes that come while everything is fetched are put on top of it afterwards.
  beginFetch() {
    this.fetching += 1;
  }

  endFetch(overview) {
    this.fetching -= 1;
    const fresh = overview ? this.takeAll(overview) : [];
    if (this.fetching === 0) {
      for (const change of this.meanwhile.splice(0)) fresh.push(...this.take(change).fresh);
    }
    return fresh;
  }

  takeAll(overview) {
    this.setClock(overview.now);
    const open = new Map((overview.open || []).map((event) => [event.event_id, event]));
    const fresh = [...open.values()].filter((event) => !this.events.has(event.event_id) && isUntaken(event));
    for (const [id, event] of this.events) if (!open.has(id)) this.finish(event);
    this.events = open;
    this.cameras = new Map((overview.cameras || []).map((one) => [cameraKey(one.site, one.camera), one]));
    this.sites = new Map((overview.sites || []).map((one) => [one.site, one]));
    this.broker = overview.broker || null;
    this.takeCounted(overview);
    const first = !this.known;
    this.known = true;
    return first ? [] : fresh;
  }

  // Takes one change; says which events are new, and whether everything must be fetched anew.
  take(change) {
    const nothing = { fresh: [], refetch: false };
    if (this.fetching > 0) {
      this.meanwhile.push(change);
      return nothing;
    }
    if (change.now) this.setClock(change.now);
    if (change.kind === "gone") {
      this.events.delete(change.key);
      return nothing;
    }
    if (change.kind === "command" || change.kind === "page") return nothing; // for an event's own page
    if (change.kind === "open") return { fresh: [], refetch: this.takeCounted(change) };
    if (change.event) return { fresh: this.takeEvent(change.event), refetch: false };
    if (change.camera && typeof change.camera === "object") {
      this.cameras.set(cameraKey(change.camera.site, change.camera.camera), change.camera);
      return nothing;
    }
    if (change.site && typeof change.site === "object") {
      this.sites.set(change.site.site, change.site);
      return nothing;
    }
    if (change.broker && typeof change.broker === "object") {
      this.broker = change.broker;
      return nothing;
    }
    return { fresh: [], refetch: true };
  }

  // Says whether there are others now that we should be given.
  takeCounted(told) {
    const before = this.counted.open;
    this.counted = { open: told.open_count || 0, untaken: told.untaken || {} };
    if (this.counted.open <= GIVEN_MAX) return before > GIVEN_MAX;
    return this.events.size < GIVEN_MAX / 2;
  }

  // How many wait, and how many of one label nobody has taken. While we know all of them, we count
  // them ourselves, and are right at once.
  openCount() {
    return this.counted.open > GIVEN_MAX ? Math.max(this.counted.open, this.events.size) : this.events.size;
  }

  untakenCount(label, known) {
    return this.counted.open > GIVEN_MAX ? Math.max(this.counted.untaken[label] || 0, known) : known;
  }

  takeEvent(event) {
    const before = this.events.get(event.event_id);
    if (isOver(event)) {
      if (before) this.finish(event);
      this.events.delete(event.event_id);
      return [];
    }
    this.events.set(event.event_id, event);
    this.done = this.done.filter((one) => one.event_id !== event.event_id);
    // New, or somebody let go of it: the desk opened it again.
    return isUntaken(event) && (!before || isTaken(before)) ? [event] : [];
  }

  finish(event) {
    this.done = [event, ...this.done.filter((one) => one.event_id !== event.event_id)].slice(0, LATEST_MAX);
  }

  // The most pressing first; of equals the one that waits longest, so that newcomers push nobody
  // away from under a finger.
  ordered() {
    return [...this.events.values()].sort((a, b) => rank(a) - rank(b) || compare(a.opened_at, b.opened_at) || compare(a.event_id, b.event_id));
  }

  cameraList() {
    const trouble = (one) => (one.health && one.health.reason && !one.health.ok ? 0 : 1);
    return [...this.cameras.values()].sort((a, b) => trouble(a) - trouble(b) || compare(a.site, b.site) || compare(a.camera, b.camera));
  }
}

function urgency(label) {
  const place = LABELS.indexOf(label);
  return place < 0 ? 1 : place;
}

function rank(event) {
  const taken = isTaken(event) ? 10 : 0;
  const drill = event.drill ? 5 : 0;
  return taken + drill + urgency(event.label);
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
