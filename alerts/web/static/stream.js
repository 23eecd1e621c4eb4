// The live line to the server. It comes back by itself: after a cut, a restart, and after sleep.
//
// A browser that slept, or whose Wi-Fi went, may hold a dead line for minutes and say nothing. So
// the server's heartbeat is listened for, and a line on which it is missing is made anew.

import { isLeaving } from "./server.js";

const SILENT_MS = 40000; // the server's heart beats every 15 s
const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15000];

export class Stream {
  // `onChange(data)` for every change, `onOpen()` whenever the line is new (fetch everything then),
  // `onBeat(now)` with the server's clock, `onState("live" | "lost")`.
  constructor(path, { onChange, onOpen, onBeat, onState }) {
    Object.assign(this, { path, onChange, onOpen, onBeat, onState });
    this.failures = 0;
    this.heardMs = 0;
    this.source = null;
    this.timer = null;
  }

  start() {
    this.connect();
    setInterval(() => this.watch(), 5000);
    // Awake again, back in sight, back in reach, or back by the browser's "back" button.
    for (const [target, name] of [[document, "visibilitychange"], [window, "online"], [window, "pageshow"], [document, "resume"]]) {
      target.addEventListener(name, (event) => {
        if (document.visibilityState === "visible" && (name !== "pageshow" || event.persisted)) this.wake();
      });
    }
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.source) this.source.close();
    const source = new EventSource(this.path);
    this.source = source;
    this.heardMs = performance.now();
    source.onopen = () => {
      this.failures = 0;
      this.hear();
      this.onState("live");
      this.onOpen();
    };
    source.onerror = () => {
      this.onState("lost");
      // CONNECTING: the browser tries again with Last-Event-ID. CLOSED: it has given up, we have not.
      if (source.readyState === EventSource.CLOSED) this.later();
    };
    source.addEventListener("change", (event) => {
      this.hear();
      let change;
      try {
        change = JSON.parse(event.data);
      } catch {
        return this.onOpen(); // not readable: fetch all instead
      }
      return this.onChange(change);
    });
    source.addEventListener("heartbeat", (event) => {
      this.hear();
      try {
        this.onBeat(JSON.parse(event.data || "{}").now);
      } catch {
        // A beat is a beat.
      }
    });
    source.addEventListener("bye", () => isLeaving() || location.reload()); // the session has ended
    source.addEventListener("reset", () => {
      this.hear();
      this.onOpen();
    });
  }

  later() {
    if (this.timer) return;
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.timer = setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
  }

  hear() {
    this.heardMs = performance.now();
  }

  watch() {
    if (this.timer || performance.now() - this.heardMs < SILENT_MS) return;
    this.onState("lost");
    this.connect();
  }

  wake() {
    if (!this.timer && performance.now() - this.heardMs < SILENT_MS / 2 && this.source.readyState === EventSource.OPEN) this.onOpen();
    else {
      this.failures = 0;
      this.connect();
    }
  }
}
