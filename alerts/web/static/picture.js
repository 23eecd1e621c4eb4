// One event's picture: the snapshot, with or without the heat map, the clip in its place, or, where
// no picture may be kept, a plain frame with the box where it happened.

import { el, setAttribute, setText, svg } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./words.js";

export class Picture {
  constructor() {
    this.plain = false;
    this.playing = false;
    this.broken = null; // the address that could not be shown
    this.shown = null;
    this.place = el("div", { class: "shot" });
    this.heat = el("button", { type: "button", class: "over", "aria-pressed": "true", on: { click: () => this.toggleHeat() } }, icon("heat"), el("span"));
    this.play = el("button", { type: "button", class: "over", on: { click: () => this.togglePlay() } }, icon("play"), el("span"));
    this.node = el("figure", { class: "picture" }, this.place, el("div", { class: "overs" }, this.heat, this.play));
  }

  update(event, words) {
    this.event = event;
    this.words = words;
    this.draw();
  }

  toggleHeat() {
    if (!this.event.raw_snapshot_url) return;
    this.plain = !this.plain;
    this.playing = false;
    this.draw();
  }

  togglePlay() {
    if (!this.event.clip_url) return;
    this.playing = !this.playing;
    this.draw();
  }

  draw() {
    const { event } = this;
    this.heat.hidden = !event.raw_snapshot_url;
    this.play.hidden = !event.clip_url;
    setAttribute(this.heat, "aria-pressed", String(!this.plain));
    setText(this.heat.lastElementChild, t("picture.heat"));
    setText(this.play.lastElementChild, t(this.playing ? "picture.stop" : "picture.play"));
    const still = this.plain && event.raw_snapshot_url ? event.raw_snapshot_url : event.snapshot_url;
    if (this.playing && event.clip_url) this.show("clip", event.clip_url);
    else if (still && still !== this.broken) this.show("still", still);
    else this.show("box", JSON.stringify(event.box));
    const inside = this.place.firstElementChild;
    const alt = t(this.playing ? "picture.clip.alt" : "picture.alt", { what: this.words });
    if (inside.tagName === "IMG") setAttribute(inside, "alt", alt);
    else setAttribute(inside, "aria-label", inside.tagName === "VIDEO" ? alt : t("picture.none"));
  }

  show(kind, source) {
    const wanted = `${kind} ${source}`;
    if (this.shown === wanted) return;
    this.shown = wanted;
    if (kind === "still") this.place.replaceChildren(this.still(source));
    else if (kind === "clip") this.place.replaceChildren(clip(source));
    else this.place.replaceChildren(frameWithBox(this.event));
  }

  still(source) {
    // The old picture stays until the new one is there: no blink while the heat map goes.
    return el("img", {
      src: source,
      decoding: "async",
      draggable: "false",
      on: {
        error: () => {
          this.broken = source;
          this.draw();
        },
      },
    });
  }
}

export function clip(source) {
  const video = el("video", { src: source, controls: true, autoplay: true, loop: true, playsinline: true, preload: "metadata" });
  video.muted = true; // cameras are not to be heard, and browsers play what is mute
  return video;
}

function frameWithBox(event) {
  const [x, y, w, h] = Array.isArray(event.box) ? event.box : [0, 0, 0, 0];
  return svg(
    "svg",
    { viewBox: "0 0 160 90", class: "no-picture", role: "img" },
    svg("path", { d: "M0 62h160M38 0v62L0 90M122 0v62l38 28", class: "room" }),
    svg("rect", { x: x * 160, y: y * 90, width: w * 160, height: h * 90, rx: 2, class: "spot" }),
  );
}
