// What is marked in a picture: people as boxes with a state, floor and liquid as outlines.
// null: nobody looked; []: looked at, and there is none. Fractions of the picture.

export const STATES = ["upright", "low", "down", "bed", "person"];
const PAST_MAX = 100;
const MIN = 0.004;

export const clamp = (value) => Math.round(Math.min(1, Math.max(0, value)) * 100000) / 100000;

export class Marks {
  constructor(changed) {
    this.changed = changed;
    this.take(null, null);
  }

  // Begin with these; `shown` says that they are the model's.
  take(boxes, areas) {
    this.boxes = boxes ? boxes.map((one) => [...one]) : null;
    this.areas = areas ? areas.map(([kind, corners]) => [kind, corners.map((at) => [...at])]) : null;
    this.past = [];
    this.edited = false;
    this.chosen = null; // {type: "box" | "area", index}
    this.held = null;
  }

  // Remember how it is before a change; of one drag, once.
  keep(drag = null) {
    if (drag !== null && drag === this.held) return;
    this.held = drag;
    this.past.push({ boxes: JSON.stringify(this.boxes), areas: JSON.stringify(this.areas), edited: this.edited });
    if (this.past.length > PAST_MAX) this.past.shift();
    this.edited = true;
  }

  undo() {
    const before = this.past.pop();
    if (!before) return false;
    this.boxes = JSON.parse(before.boxes);
    this.areas = JSON.parse(before.areas);
    this.edited = before.edited;
    this.chosen = null;
    this.held = null;
    this.changed();
    return true;
  }

  addBox(x, y, w, h, state) {
    if (w < MIN || h < MIN) return false;
    this.keep();
    this.boxes = [...(this.boxes || []), [clamp(x), clamp(y), clamp(w), clamp(h), state]];
    this.choose("box", this.boxes.length - 1);
    return true;
  }

  addArea(kind, corners) {
    this.keep();
    this.areas = [...(this.areas || []), [kind, corners.map(([x, y]) => [clamp(x), clamp(y)])]];
    this.choose("area", this.areas.length - 1);
  }

  choose(type, index) {
    this.chosen = type === null ? null : { type, index };
    this.changed();
  }

  // The next of all marks, round and round.
  step(by) {
    const all = this.all();
    if (all.length === 0) return null;
    const at = all.findIndex((one) => this.isChosen(one.type, one.index));
    const next = all[(Math.max(at, by > 0 ? -1 : 0) + by + all.length) % all.length];
    this.choose(next.type, next.index);
    return next;
  }

  all() {
    return [
      ...(this.boxes || []).map((_, index) => ({ type: "box", index })),
      ...(this.areas || []).map((_, index) => ({ type: "area", index })),
    ];
  }

  isChosen(type, index) {
    return this.chosen !== null && this.chosen.type === type && this.chosen.index === index;
  }

  state(index, state) {
    this.keep();
    this.boxes[index][4] = state;
    this.changed();
  }

  // A box by its edges, whichever way round they were drawn.
  edges(index, [x0, y0, x1, y1], drag) {
    this.keep(drag);
    const [left, right] = [clamp(Math.min(x0, x1)), clamp(Math.max(x0, x1))];
    const [top, bottom] = [clamp(Math.min(y0, y1)), clamp(Math.max(y0, y1))];
    const state = this.boxes[index][4];
    this.boxes[index] = [left, top, clamp(Math.max(right - left, MIN)), clamp(Math.max(bottom - top, MIN)), state];
    this.changed();
  }

  shift(type, index, dx, dy, drag) {
    this.keep(drag);
    if (type === "box") {
      const [x, y, w, h, state] = this.boxes[index];
      this.boxes[index] = [clamp(Math.min(1 - w, x + dx)), clamp(Math.min(1 - h, y + dy)), w, h, state];
    } else {
      const corners = this.areas[index][1];
      this.areas[index][1] = corners.map(([x, y]) => [clamp(x + dx), clamp(y + dy)]);
    }
    this.changed();
  }

  corner(index, number, at, drag) {
    this.keep(drag);
    this.areas[index][1][number] = at.map(clamp);
    this.changed();
  }

  insert(index, number, at) {
    this.keep();
    this.areas[index][1].splice(number, 0, at.map(clamp));
    this.changed();
  }

  remove(type, index) {
    this.keep();
    (type === "box" ? this.boxes : this.areas).splice(index, 1);
    this.chosen = null;
    this.changed();
  }

  // Looked at: there is nobody, and no liquid.
  none() {
    this.keep();
    [this.boxes, this.areas, this.chosen] = [[], [], null];
    this.changed();
  }
}
