// What goes to the server and comes from it: answers in the order they were given, items before
// they are needed. An answer that could not be sent is said, and sent again.

import { get, post } from "/static/server.js";

const AHEAD = 5;
const RETRY_MS = 1500;
const WIDTH_PX = 1600;
export const THUMB_PX = 640;

export const mediaPath = (item, width = WIDTH_PX) => `/media/${item.number}?w=${width}&v=${item.version}`;
const query = (values) => new URLSearchParams(values).toString();

export class Line {
  constructor({ trouble }) {
    this.trouble = trouble;
    this.who = null;
    this.queue = [];
    this.sending = new Map(); // item number → how many answers are on their way
    this.chain = Promise.resolve();
    this.filling = null;
    this.kept = new Map(); // pictures fetched before they are shown
  }

  reset(who) {
    this.who = who;
    this.queue = [];
    this.filling = null;
  }

  // Everything on the way, one after the other; comes to an end even while the server is away.
  then(run) {
    const next = this.chain.then(() => this.persist(run));
    this.chain = next.catch(() => {});
    return next;
  }

  async persist(run) {
    for (;;) {
      try {
        const said = await run();
        this.trouble(null);
        return said;
      } catch (error) {
        this.trouble(error);
        if (error.status !== 0 && error.status < 500) throw error;
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  answer(mode, answers) {
    const numbers = answers.map((one) => one.item);
    for (const number of numbers) this.sending.set(number, (this.sending.get(number) || 0) + 1);
    const body = { who: this.who, mode, answers };
    return this.then(() => post("/api/answers", body)).finally(() => {
      for (const number of numbers) {
        const left = this.sending.get(number) - 1;
        if (left > 0) this.sending.set(number, left);
        else this.sending.delete(number);
      }
    });
  }

  undo() {
    return this.then(() => post("/api/undo", { who: this.who }));
  }

  redo(numbers) {
    return this.then(() => post("/api/redo", { who: this.who, numbers }));
  }

  work() {
    return get(`/api/work?${query({ who: this.who })}`);
  }

  item(number) {
    return get(`/api/items/${number}?${query({ who: this.who })}`);
  }

  page(count, without) {
    const out = [...without, ...this.sending.keys()].join(",");
    return get(`/api/page?${query({ who: this.who, count, without: out })}`);
  }

  // The next item to answer, or null where nothing is left. `current` is on the screen.
  async next(current = null) {
    if (this.queue.length === 0) await this.fill(current);
    const item = this.queue.shift() || null;
    if (this.queue.length < AHEAD - 2) this.fill(item?.number ?? current);
    return item;
  }

  fill(current) {
    this.filling ||= this.fetchNext(current).finally(() => {
      this.filling = null;
    });
    return this.filling;
  }

  async fetchNext(current) {
    const who = this.who;
    const known = [...this.queue.map((one) => one.number), ...this.sending.keys()];
    if (current !== null) known.push(current);
    const said = await this.persist(() => get(`/api/next?${query({ who, count: AHEAD, without: known.join(",") })}`));
    if (who !== this.who) return;
    const here = new Set(this.queue.map((one) => one.number));
    const fresh = said.items.filter((one) => !here.has(one.number) && !this.sending.has(one.number));
    this.queue.push(...fresh.slice(0, AHEAD - this.queue.length));
    for (const one of fresh) this.prefetch(one);
  }

  prefetch(item, width = WIDTH_PX) {
    if (item.kind !== "picture") return;
    const path = mediaPath(item, width);
    if (this.kept.has(path)) return;
    const image = new Image();
    image.src = path;
    this.kept.set(path, image);
    if (this.kept.size > 60) this.kept.delete(this.kept.keys().next().value);
  }
}
