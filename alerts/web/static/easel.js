// The picture that is drawn on: corners set and moved by mouse, finger or keys.

import { el, setAttribute, svg } from "./dom.js";
import { POINTS_MAX, round } from "./polygon.js";
import { t } from "./words.js";

const STEP = 0.005; // of the picture, for one press of an arrow; with shift ten times
const CLOSE_PX = 16; // so near to the first corner, a press closes the area
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Easel {
  constructor(place, areas, { finished, hint }) {
    Object.assign(this, { place, areas, finished, hint });
    this.drawing = null; // {kind, points} while a new area is drawn
    this.dragged = null;
    this.sheet = svg("svg", { class: "sheet-svg", on: { pointerdown: (event) => this.down(event), pointermove: (event) => this.moved(event), pointerup: (event) => this.up(event), pointercancel: (event) => this.up(event) } });
    this.place.append(this.sheet);
    document.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.place);
  }

  show(source, alt) {
    this.place.querySelector(".ground")?.remove();
    const blank = () => el("div", { class: "ground blank" });
    const ground = source ? el("img", { class: "ground", src: source, alt, draggable: "false", on: { load: () => this.draw(), error: () => ground.replaceWith(blank()) } }) : blank();
    this.place.prepend(ground);
  }

  begin(kind) {
    this.drawing = { kind, points: [], tip: null };
    this.draw();
  }

  rectangle() {
    this.finish([[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]]);
  }

  finish(points) {
    const { kind } = this.drawing;
    this.drawing = null;
    this.finished(kind, points);
    this.sheet.querySelector(".corner")?.focus();
  }

  cancel() {
    this.drawing = null;
    this.finished(null, []);
  }

  at(event) {
    const box = this.sheet.getBoundingClientRect();
    return [round((event.clientX - box.left) / box.width), round((event.clientY - box.top) / box.height)];
  }

  down(event) {
    if (event.button > 0) return;
    if (this.drawing) {
      event.preventDefault();
      this.putCorner(event);
      return;
    }
    const corner = event.target.closest(".corner, .middle");
    const shape = event.target.closest(".area");
    if (corner) {
      event.preventDefault();
      let index = Number(corner.dataset.index);
      if (corner.classList.contains("middle")) {
        this.areas.insert(index + 1, this.at(event));
        index += 1;
      }
      this.dragged = { index, key: `drag ${performance.now()}` };
      this.sheet.setPointerCapture(event.pointerId);
      this.focusCorner(index);
    } else if (shape) this.areas.choose(Number(shape.dataset.index));
  }

  putCorner(event) {
    const { points } = this.drawing;
    const box = this.sheet.getBoundingClientRect();
    const point = this.at(event);
    const near = ([x, y]) => Math.hypot((x - point[0]) * box.width, (y - point[1]) * box.height) < CLOSE_PX;
    if (points.length >= 3 && near(points[0])) this.finish(points);
    else if (points.length < POINTS_MAX && !(points.length && near(points.at(-1)))) points.push(point);
    this.draw();
  }

  moved(event) {
    if (this.drawing) {
      this.drawing.tip = this.at(event);
      this.draw();
    } else if (this.dragged) this.areas.move(this.dragged.index, this.at(event), this.dragged.key);
  }

  up() {
    if (!this.dragged) return;
    this.dragged = null;
    this.areas.settle();
  }

  key(event) {
    if (this.drawing) return this.drawKey(event);
    const corner = event.target.closest?.(".corner");
    if (!corner || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const index = Number(corner.dataset.index);
    const { polygon } = this.areas.area;
    const arrow = ARROWS[event.key];
    if (arrow) {
      const by = event.shiftKey ? STEP * 10 : STEP;
      const [x, y] = polygon[index];
      this.areas.move(index, [round(x + arrow[0] * by), round(y + arrow[1] * by)], `keys ${index}`);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      if (!this.areas.removePoint(index)) this.hint("zones.least");
      else this.focusCorner(Math.min(index, polygon.length - 1));
    } else if (event.key === "Enter" || event.key === "+") {
      const next = polygon[(index + 1) % polygon.length];
      if (polygon.length < POINTS_MAX) this.areas.insert(index + 1, [round((polygon[index][0] + next[0]) / 2), round((polygon[index][1] + next[1]) / 2)]);
      this.focusCorner(index + 1);
    } else return undefined;
    event.preventDefault();
    return undefined;
  }

  drawKey(event) {
    if (event.target.closest?.("input, select, button")) return;
    if (event.key === "Escape") this.cancel();
    else if (event.key === "Enter" && this.drawing.points.length >= 3) this.finish(this.drawing.points);
    else if (event.key === "Backspace") this.drawing.points.pop();
    else return;
    event.preventDefault();
    this.draw();
  }

  focusCorner(index) {
    this.sheet.querySelector(`.corner[data-index="${index}"]`)?.focus({ preventScroll: true });
  }

  draw() {
    const box = this.place.getBoundingClientRect();
    const [wide, high] = [box.width || 1, box.height || 1];
    setAttribute(this.sheet, "viewBox", `0 0 ${wide} ${high}`);
    setAttribute(this.sheet, "data-drawing", this.drawing ? "" : null);
    const px = ([x, y]) => [x * wide, y * high];
    const focused = document.activeElement?.closest?.(".corner")?.dataset.index;
    const parts = this.areas.list.map((area, index) => this.shape(area, index, px));
    if (this.drawing) parts.push(...this.sketch(px));
    else if (this.areas.area) parts.push(...this.corners(this.areas.area, px));
    this.sheet.replaceChildren(...parts);
    if (focused !== undefined) this.focusCorner(focused);
  }

  shape(area, index, px) {
    const points = area.polygon.map((point) => px(point).join(",")).join(" ");
    const group = svg("g", { class: `area ${area.kind}`, data: { index } }, svg("polygon", { points }));
    if (index === this.areas.chosen) group.classList.add("chosen");
    if (this.areas.fault(index)) group.classList.add("faulty");
    const [x, y] = px(area.polygon[0]);
    const name = svg("text", { x: x + 12, y: y + 22 });
    name.textContent = area.name;
    group.append(name);
    return group;
  }

  corners(area, px) {
    const dots = area.polygon.map((point, index) => {
      const [cx, cy] = px(point);
      const values = { n: index + 1, all: area.polygon.length, name: area.name, x: Math.round(point[0] * 100), y: Math.round(point[1] * 100) };
      // A large ring that nobody sees catches the finger.
      return svg("g", { class: "corner", tabindex: "0", role: "button", "aria-label": t("zones.corner", values), data: { index } }, svg("circle", { class: "reach", cx, cy, r: 22 }), svg("circle", { class: "dot", cx, cy, r: 8 }));
    });
    const middles = area.polygon.map((point, index) => {
      const next = area.polygon[(index + 1) % area.polygon.length];
      const [cx, cy] = px([(point[0] + next[0]) / 2, (point[1] + next[1]) / 2]);
      return svg("circle", { class: "middle", cx, cy, r: 6, data: { index } });
    });
    return [...middles, ...dots];
  }

  sketch(px) {
    const { points, tip } = this.drawing;
    const line = [...points, ...(tip ? [tip] : [])].map((point) => px(point).join(",")).join(" ");
    return [svg("polyline", { class: "sketch", points: line }), ...points.map((point, index) => svg("circle", { class: index === 0 ? "first dot" : "dot", cx: px(point)[0], cy: px(point)[1], r: index === 0 ? 10 : 7 }))];
  }
}
