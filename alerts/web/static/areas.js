// The zones and masks of one camera while they are drawn, with everything undoable.

import { problem } from "./polygon.js";

const UNDO_MAX = 100;
export const LABELS = ["collapse", "spill"];

export class Areas {
  constructor(changed) {
    this.changed = changed;
    this.take({ zones: [], masks: [], version: null });
  }

  take(told) {
    const read = (kind) => (area) => ({ kind, name: area.name, polygon: area.polygon.map(([x, y]) => [x, y]), labels: [...area.labels] });
    this.list = [...told.zones.map(read("zone")), ...told.masks.map(read("mask"))];
    this.version = told.version ?? null;
    this.past = [];
    this.saved = JSON.stringify(this.list);
    this.chosen = this.list.length ? 0 : -1;
  }

  get dirty() {
    return JSON.stringify(this.list) !== this.saved;
  }

  get area() {
    return this.list[this.chosen] || null;
  }

  // Remembers how it is now. `key` runs several small steps of one kind together (a drag, typing).
  remember(key = null) {
    const now = JSON.stringify({ list: this.list, chosen: this.chosen });
    if (key !== null && this.lastKey === key) return;
    this.lastKey = key;
    this.past.push(now);
    if (this.past.length > UNDO_MAX) this.past.shift();
  }

  undo() {
    const before = this.past.pop();
    this.lastKey = null;
    if (!before) return;
    Object.assign(this, JSON.parse(before));
    this.changed();
  }

  settle() {
    this.lastKey = null;
  }

  add(kind, polygon, name) {
    this.remember();
    this.list.push({ kind, name, polygon, labels: [...LABELS] });
    this.chosen = this.list.length - 1;
    this.changed();
  }

  remove(index) {
    this.remember();
    this.list.splice(index, 1);
    this.chosen = Math.min(this.chosen, this.list.length - 1);
    this.changed();
  }

  choose(index) {
    this.chosen = index;
    this.changed();
  }

  rename(index, name) {
    this.remember(`name ${index}`);
    this.list[index].name = name;
    this.changed();
  }

  label(index, label, on) {
    this.remember();
    const area = this.list[index];
    area.labels = LABELS.filter((one) => (one === label ? on : area.labels.includes(one)));
    this.changed();
  }

  move(at, point, key) {
    this.remember(key);
    this.area.polygon[at] = point;
    this.changed();
  }

  insert(at, point) {
    this.remember();
    this.area.polygon.splice(at, 0, point);
    this.changed();
  }

  removePoint(at) {
    if (this.area.polygon.length <= 3) return false;
    this.remember();
    this.area.polygon.splice(at, 1);
    this.changed();
    return true;
  }

  freeName(stem) {
    const taken = new Set(this.list.map((area) => area.name));
    for (let n = 1; ; n += 1) if (!taken.has(`${stem} ${n}`)) return `${stem} ${n}`;
  }

  // What is wrong with one area: {key, values} or null.
  fault(index) {
    const area = this.list[index];
    const name = area.name.trim();
    if (!name) return { key: "zones.unnamed", values: {} };
    if (/[/+#]/.test(name) || name.startsWith("$")) return { key: "zones.badname", values: {} };
    if (this.list.some((other, at) => at !== index && other.name.trim() === name)) return { key: "zones.twice", values: { name } };
    if (area.labels.length === 0) return { key: "zones.nolabel", values: {} };
    return problem(area.polygon);
  }

  get sound() {
    return this.list.every((_, index) => this.fault(index) === null);
  }

  body() {
    const of = (kind) => this.list.filter((area) => area.kind === kind).map(({ name, polygon, labels }) => ({ name: name.trim(), polygon, labels }));
    return { zones: of("zone"), masks: of("mask"), version: this.version };
  }
}
