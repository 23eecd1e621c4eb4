// The picture or clip, and what is drawn on it: boxes and outlines set and moved by mouse, finger
// or keys.

import { el, setAttribute, svg } from "/static/dom.js";
import { tOr } from "/static/words.js";
import { clamp } from "./marks.js";

const CLOSE_PX = 14; // so near to the first corner, a press closes an outline
const CORNERS_MAX = 64;
const HANDLES = [[0, 0], [1, 0], [1, 1], [0, 1]];

export class Stage {
  constructor(place, marks, { drawn, loaded }) {
    Object.assign(this, { place, marks, drawn, loaded });
    this.drawing = null; // {kind: "box" | "spill" | "floor", points, tip}
    this.drag = null;
    this.editable = true;
    const on = { pointerdown: (event) => this.down(event), pointermove: (event) => this.move(event), pointerup: (event) => this.up(event), pointercancel: (event) => this.up(event) };
    this.sheet = svg("svg", { class: "sheet-svg", on });
    this.frame = el("div", { class: "frame" }, this.sheet);
    place.append(this.frame);
    new ResizeObserver(() => this.fit()).observe(place);
  }

  picture(source, alt) {
    const ground = el("img", { class: "ground", src: source, alt, draggable: "false" });
    ground.addEventListener("load", () => this.size(ground.naturalWidth, ground.naturalHeight));
    ground.addEventListener("error", () => this.loaded(false));
    this.put(ground);
    return ground;
  }

  video(label) {
    const ground = el("video", { class: "ground", muted: true, playsinline: true, preload: "auto", "aria-label": label });
    ground.muted = true;
    ground.addEventListener("loadedmetadata", () => this.size(ground.videoWidth, ground.videoHeight));
    this.put(ground);
    return ground;
  }

  put(ground) {
    this.frame.querySelector(".ground")?.remove();
    this.frame.prepend(ground);
    this.drawing = null;
    this.drag = null;
  }

  size(width, height) {
    this.shape = width / Math.max(1, height);
    this.fit();
    this.loaded(true);
  }

  // As large as there is room, shape kept.
  fit() {
    const room = this.place.getBoundingClientRect();
    const width = Math.min(room.width, room.height * (this.shape || 16 / 9));
    this.frame.style.width = `${width}px`;
    this.frame.style.height = `${width / (this.shape || 16 / 9)}px`;
    this.draw();
  }

  begin(kind) {
    this.drawing = this.drawing?.kind === kind ? null : { kind, points: [], tip: null };
    this.drawn(this.drawing?.kind || null, false);
    this.draw();
  }

  cancel() {
    if (!this.drawing) return false;
    this.drawing = null;
    this.drawn(null, false);
    this.draw();
    return true;
  }

  at(event) {
    const box = this.sheet.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  }

  down(event) {
    if (event.button > 0 || !this.editable) return;
    const at = this.at(event);
    const target = event.target.closest("[data-type]");
    if (this.drawing?.kind === "box") this.drag = { what: "new", from: at };
    else if (this.drawing) return this.addCorner(event, at);
    else if (target) this.grab(target.dataset, at);
    else return this.marks.choose(null);
    event.preventDefault();
    this.sheet.setPointerCapture(event.pointerId);
    return undefined;
  }

  grab({ type, index, handle, middle }, from) {
    const number = Number(index);
    const key = `drag ${performance.now()}`;
    if (!this.marks.isChosen(type, number)) this.marks.choose(type, number);
    if (middle !== undefined) {
      this.marks.insert(number, Number(middle) + 1, from);
      this.drag = { what: "corner", index: number, handle: Number(middle) + 1, key };
    } else if (handle === undefined) this.drag = { what: "shift", type, index: number, from, key };
    else if (type === "area") this.drag = { what: "corner", index: number, handle: Number(handle), key };
    else {
      const [x, y, w, h] = this.marks.boxes[number];
      const [right, bottom] = HANDLES[Number(handle)];
      this.drag = { what: "edge", index: number, far: [right ? x : x + w, bottom ? y : y + h], key };
    }
  }

  addCorner(event, at) {
    event.preventDefault();
    const { kind, points } = this.drawing;
    const box = this.sheet.getBoundingClientRect();
    const near = ([x, y]) => Math.hypot((x - at[0]) * box.width, (y - at[1]) * box.height) < CLOSE_PX;
    if (points.length >= 3 && near(points[0])) return this.close(kind, points);
    if (points.length < CORNERS_MAX && !(points.length && near(points.at(-1)))) points.push(at);
    this.draw();
    return undefined;
  }

  close(kind = this.drawing.kind, points = this.drawing.points) {
    if (points.length < 3) return;
    this.drawing = null;
    this.marks.addArea(kind, points);
    this.drawn(null, true);
  }

  move(event) {
    if (this.drawing && !this.drag) {
      this.drawing.tip = this.at(event);
      return this.draw();
    }
    if (!this.drag) return undefined;
    const at = this.at(event);
    const { what, index, key } = this.drag;
    if (what === "new") this.drawing.tip = at;
    else if (what === "edge") return this.marks.edges(index, [...this.drag.far, ...at], key);
    else if (what === "corner") return this.marks.corner(index, this.drag.handle, at, key);
    else {
      const { type, from } = this.drag;
      this.marks.shift(type, index, at[0] - from[0], at[1] - from[1], key);
      this.drag.from = at;
    }
    return this.draw();
  }

  up(event) {
    const { drag } = this;
    this.drag = null;
    if (drag?.what !== "new") return;
    const [x, y] = this.at(event);
    const [fromX, fromY] = drag.from;
    this.drawing = null;
    const made = this.marks.addBox(Math.min(x, fromX), Math.min(y, fromY), Math.abs(x - fromX), Math.abs(y - fromY), "upright");
    this.drawn(null, made);
    this.draw();
  }

  // A mark made without a mouse: in the middle, to be moved by arrows.
  centre(kind) {
    this.drawing = null;
    if (kind === "box") this.marks.addBox(0.4, 0.3, 0.2, 0.4, "upright");
    else this.marks.addArea(kind, [[0.35, 0.6], [0.65, 0.6], [0.65, 0.85], [0.35, 0.85]]);
    this.drawn(null, true);
  }

  draw() {
    const box = this.frame.getBoundingClientRect();
    const [wide, high] = [box.width || 1, box.height || 1];
    setAttribute(this.sheet, "viewBox", `0 0 ${wide} ${high}`);
    setAttribute(this.sheet, "data-drawing", this.drawing ? "" : null);
    const px = ([x, y]) => [x * wide, y * high];
    const parts = (this.marks.areas || []).map((area, index) => this.area(area, index, px));
    parts.push(...(this.marks.boxes || []).map((one, index) => this.box(one, index, px)));
    if (this.drawing) parts.push(...this.sketch(px));
    this.sheet.replaceChildren(...parts);
  }

  box([x, y, w, h, state], index, px) {
    const [[left, top], [wide, high]] = [px([x, y]), px([w, h])];
    const chosen = this.marks.isChosen("box", index);
    const data = { type: "box", index };
    const group = svg("g", { class: `box ${state}${chosen ? " chosen" : ""}` });
    group.append(svg("rect", { x: left, y: top, width: wide, height: high, data }));
    group.append(label(left, top, tOr("state", state), x > 0.75 ? wide : null));
    if (chosen) HANDLES.forEach(([right, bottom], handle) => group.append(...dot(left + right * wide, top + bottom * high, { ...data, handle })));
    return group;
  }

  area([kind, corners], index, px) {
    const chosen = this.marks.isChosen("area", index);
    const data = { type: "area", index };
    const points = corners.map((at) => px(at).join(",")).join(" ");
    const group = svg("g", { class: `outline ${kind}${chosen ? " chosen" : ""}` }, svg("polygon", { points, data }));
    const [left, top] = px(corners.reduce((best, at) => (at[1] < best[1] ? at : best)));
    group.append(label(left, top, tOr("area", kind)));
    if (!chosen) return group;
    corners.forEach((at, middle) => {
      const next = corners[(middle + 1) % corners.length];
      const [cx, cy] = px([(at[0] + next[0]) / 2, (at[1] + next[1]) / 2]);
      group.append(svg("circle", { class: "middle", cx, cy, r: 5, data: { ...data, middle } }));
    });
    corners.forEach((at, handle) => group.append(...dot(...px(at), { ...data, handle })));
    return group;
  }

  sketch(px) {
    const { kind, points, tip } = this.drawing;
    if (kind === "box") {
      if (this.drag?.what !== "new" || !tip) return [];
      const [[x0, y0], [x1, y1]] = [px(this.drag.from), px(tip)];
      return [svg("rect", { class: "sketch", x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) })];
    }
    const line = [...points, ...(tip ? [tip] : [])].map((at) => px(at).join(",")).join(" ");
    return [svg("polyline", { class: "sketch", points: line }), ...points.flatMap((at) => dot(...px(at), {}))];
  }
}

// At the right edge of the picture it ends where the box does.
function label(x, y, words, wide = null) {
  const place = wide === null ? { x: x + 2 } : { x: x + wide, "text-anchor": "end" };
  const text = svg("text", { class: "tag-text", y: Math.max(14, y - 6), ...place });
  text.textContent = words;
  return text;
}

// A large ring that nobody sees catches the finger.
function dot(cx, cy, data) {
  return [svg("circle", { class: "dot", cx, cy, r: 6 }), svg("circle", { class: "reach", cx, cy, r: 14, data })];
}

// The marks of a tile: drawn once, over a thumbnail, in fractions.
export function thumbMarks(suggestion) {
  const sheet = svg("svg", { class: "thumb-svg", viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const [kind, corners] of suggestion.areas || []) {
    const points = corners.map(([x, y]) => `${x * 100},${y * 100}`).join(" ");
    sheet.append(svg("g", { class: `outline ${kind}` }, svg("polygon", { points })));
  }
  for (const [x, y, width, height, state] of suggestion.boxes || []) {
    const rect = svg("rect", { x: x * 100, y: y * 100, width: width * 100, height: height * 100 });
    sheet.append(svg("g", { class: `box ${state}` }, rect));
  }
  return sheet;
}
