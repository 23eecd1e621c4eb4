// The one line that is read from across the room. It never says that all is well when it cannot know.

import { LABELS } from "./icons.js";
import { isTaken, isUntaken } from "./store.js";
import { sightOf } from "./tiles.js";
import { age, t } from "./words.js";

// How loud each is, and what is said.
const SAID = {
  collapse: ["collapse", "headline.collapse"],
  spill: ["spill", "headline.spill"],
  camera: ["trouble", "headline.camera"],
  unusual: ["spill", "headline.unusual"],
};

export function headline(store, banners, place) {
  if (!store.known) return { level: "waiting", sign: "unknown", words: t("headline.waiting"), more: "" };
  const open = store.ordered();
  const untaken = open.filter(isUntaken);
  const real = untaken.filter((event) => !event.drill);
  const lost = banners?.faults().some(([key]) => key === "server");
  const waiting = (events) => t(events.length > 1 ? "headline.longest" : "headline.here", { where: place(events[0]), age: age(store.nowMs() - Date.parse(events[0].opened_at)) });
  for (const label of LABELS) {
    const these = real.filter((event) => event.label === label);
    const [level, words] = SAID[label];
    if (these.length) return { level, sign: label, words: t(words, { n: store.untakenCount(label, these.length) }), more: waiting(these) };
  }
  if (lost) return { level: "trouble", sign: "unknown", words: t("headline.lost"), more: "" };
  if (untaken.length) return { level: "drill", sign: "drill", words: t("headline.drill", { n: untaken.length }), more: waiting(untaken) };
  return quiet(store, open.filter(isTaken));
}

function quiet(store, taken) {
  const cameras = store.cameraList();
  const blind = cameras.filter((camera) => sightOf(camera, store).state !== "ok");
  const names = blind.slice(0, 3).map((camera) => camera.camera).join(", ");
  const blindWords = blind.length ? t("headline.blind", { n: blind.length, all: cameras.length, names: blind.length > 3 ? `${names} …` : names }) : "";
  if (store.broker && !store.broker.connected) return { level: "trouble", sign: "unknown", words: t("headline.deaf"), more: "" };
  if (taken.length) return { level: "taken", sign: "person", words: t("headline.taken", { n: taken.length }), more: blindWords };
  if (cameras.length === 0) return { level: "trouble", sign: "unknown", words: t("headline.nobody"), more: "" };
  if (blind.length) return { level: "trouble", sign: "blind", words: t("headline.partly"), more: blindWords };
  return { level: "calm", sign: "calm", words: t("headline.calm"), more: t("headline.sees", { n: cameras.length }) };
}
