// The page: who labels, one by one or by the page, what was done, and back again.

import { byId, el, setAttribute, setText } from "/static/dom.js";
import { recall, remember } from "/static/kept.js";
import { bindKeysSheet, isTyping } from "/static/keys.js";
import { get, setToken } from "/static/server.js";
import { currentLanguage, number, onLanguage, speak, t, tOr } from "/static/words.js";
import { Line } from "./line.js";
import { ANSWERS, Single } from "./single.js";
import { Sorting } from "./sorting.js";

const WORK_MS = 2500;
const WORTH = 8; // so many pictures that could be sorted, and it is worth saying
const view = { mode: "single", redo: [], presses: 0, carried: 0, work: null, about: null, ended: false };
const say = (words) => setText(byId("say"), words);
const line = new Line({ trouble });
const single = new Single({ line, answered, say });
const sorting = new Sorting({ line, answered: sorted, empty: () => view.mode === "page" && mode("single"), say });

function trouble(error) {
  byId("trouble").hidden = error === null;
  if (error) setText(byId("trouble"), error.status === 0 ? t("trouble.away") : error.message || t("trouble.refused"));
}

function shown(id) {
  for (const one of ["single", "page", "done"]) byId(one).hidden = one !== id;
}

// Keys and clicks since the last answer: what labelling costs.
for (const event of ["keydown", "pointerdown"]) {
  document.addEventListener(event, (happened) => {
    const alone = ["Shift", "Control", "Alt", "Meta"].includes(happened.key);
    if (happened.isTrusted && !happened.repeat && !alone) view.presses += 1;
  }, true);
}

function pressed() {
  const { presses } = view;
  view.presses = 0;
  return presses;
}

async function next(current = null) {
  const item = await line.next(current);
  if (view.mode !== "single") {
    if (item) line.queue.unshift(item); // meanwhile a page was asked for, and it stays
    return;
  }
  view.ended = item === null;
  if (item) {
    shown("single");
    single.show(item);
  } else end();
}

async function end() {
  shown("done");
  await line.chain;
  await drawWork();
  setText(byId("done-words"), t("done.words", { n: number(view.work?.answered || 0) }));
  say(byId("done-words").textContent);
}

function answered(item, answer) {
  view.redo = [];
  line.answer("single", [{ ...answer, presses: pressed() }]).then(drawWork, () => single.show(item));
  next(item.number);
  drawButtons();
}

// One press answers many: the first of them carries it.
function sorted(items, answers) {
  view.redo = [];
  const presses = pressed();
  answers.forEach((one, index) => Object.assign(one, { presses: index === 0 ? presses : 0 }));
  if (answers.length) line.answer("grid", answers).then(drawWork, () => {});
  sorting.next();
  drawButtons();
}

async function undo() {
  if (view.mode === "single" && !view.ended && single.undoMark()) return;
  const said = await line.undo().catch(() => null);
  if (!said || said.items.length === 0) {
    say(t("undo.none"));
    return;
  }
  view.redo.push(said.numbers);
  say(t("undo.done", { n: said.items.length }));
  if (said.items.length > 1 && view.mode !== "page") await mode("page");
  else if (view.mode === "page") await sorting.anew();
  else await back(said.items[0]);
  drawWork();
  drawButtons();
}

async function back(wanted) {
  const before = single.item;
  const item = await line.item(wanted).catch(() => null);
  if (!item || view.mode !== "single") return;
  if (before && before.number !== item.number) line.queue.unshift(before);
  view.ended = false;
  shown("single");
  single.show(item);
}

async function redo() {
  const numbers = view.redo.pop();
  if (!numbers) return;
  const done = await line.redo(numbers).catch(() => null);
  if (done) say(t("redo.done", { n: done.numbers.length }));
  if (view.mode === "page") await sorting.anew();
  else await next();
  drawWork();
  drawButtons();
}

async function mode(wanted) {
  view.mode = wanted;
  sorting.clear();
  if (wanted === "page") {
    if (single.item) line.queue.unshift(single.item);
    single.item = null;
    single.clip.close();
    shown("page");
    await line.chain;
    await sorting.anew();
  } else {
    line.queue = [];
    await line.chain;
    await next();
  }
  drawButtons();
}

function drawButtons() {
  const sortable = view.work?.sortable || 0;
  byId("mode").hidden = !view.about?.model;
  byId("mode").disabled = view.mode === "single" && sortable === 0;
  setAttribute(byId("mode"), "aria-pressed", String(view.mode === "page"));
  setAttribute(byId("mode"), "data-worth", view.mode === "single" && sortable >= WORTH ? "" : null);
  const words = view.mode === "page" ? t("mode.single") : t("mode.page", { n: number(sortable) });
  byId("mode").replaceChildren(el("span", {}, words), " ", el("kbd", {}, "G"));
  byId("redo").disabled = view.redo.length === 0;
  setText(byId("who"), line.who || "");
}

async function drawWork() {
  if (!line.who) return;
  const work = await line.work().catch(() => null);
  if (!work) return;
  view.work = work;
  byId("bar").max = Math.max(1, work.items);
  byId("bar").value = work.answered;
  const parts = [t("progress.of", { n: number(work.answered), all: number(work.items) })];
  for (const [answer] of ANSWERS) if (work.counts[answer]) parts.push(`${tOr("answer", answer)} ${number(work.counts[answer])}`);
  const { model } = work;
  if (model && model.done + model.faults < model.of) parts.push(t(model.clip ? "progress.clip" : "progress.model", { n: number(model.done), all: number(model.of), s: number(Math.round(model.seconds)) }));
  if (model?.faults) parts.push(t("progress.faults", { n: model.faults }));
  setText(byId("counts"), parts.join(" · "));
  drawButtons();
}

function askWho() {
  const dialog = byId("ask-who");
  byId("known").replaceChildren(...(view.about?.labellers || []).map((name) => el("option", { value: name })));
  byId("who-name").value = line.who || recall("label.who", "") || "";
  dialog.showModal();
  return new Promise((chosen) => {
    dialog.addEventListener("close", () => chosen(byId("who-name").value.trim()), { once: true });
  });
}

async function become(name) {
  const who = name || (await askWho());
  if (!who) return line.who ? undefined : become(null);
  if (who === line.who) return undefined;
  await line.chain;
  remember("label.who", who);
  line.reset(who);
  sorting.later.clear();
  view.redo = [];
  view.presses = 0;
  await drawWork();
  return mode(view.mode === "page" ? "page" : "single");
}

function key(event) {
  if (isTyping(event) || document.querySelector("dialog[open]")) return;
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const onButton = event.target.closest?.("button, summary, a") && (event.key === "Enter" || event.key === " ");
  if (onButton && !event.target.closest(".tile")) return;
  const answer = ANSWERS.find(([, one]) => one === pressed)?.[0];
  const here = view.mode === "page" ? sorting : single;
  if (event.repeat && (answer || pressed === "Enter")) return;
  if (pressed === "z" && !event.shiftKey) undo();
  else if (pressed === "y" || pressed === "z") redo();
  else if (pressed === "g" && !byId("mode").disabled && !byId("mode").hidden) byId("mode").click();
  else if (here.key(event)) {
    // done
  } else if (view.mode === "single" && answer) single.answer(answer);
  else if (view.mode === "single" && pressed === "Enter") single.accept();
  else return;
  event.preventDefault();
}

function bind() {
  document.addEventListener("keydown", key);
  byId("mode").addEventListener("click", () => mode(view.mode === "page" ? "single" : "page"));
  byId("who").addEventListener("click", () => become(null));
  for (const id of ["undo", "page-undo", "done-undo"]) byId(id).addEventListener("click", undo);
  byId("redo").addEventListener("click", redo);
  byId("language").addEventListener("change", (event) => speak(null, event.target.value));
  byId("theme").value = recall("theme", "auto");
  byId("theme").addEventListener("change", (event) => {
    remember("theme", event.target.value);
    if (event.target.value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = event.target.value;
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#settings")) byId("settings").open = false;
    // Whatever was clicked, the keys go on working: Enter is for the answer, not for the button.
    if (event.detail > 0 && event.target.closest("button:not(.tile), summary")) document.activeElement?.blur();
  });
  bindKeysSheet();
  onLanguage(() => {
    single.buttons();
    single.draw();
    sorting.draw();
    drawWork();
  });
}

async function start() {
  setToken((await get("/api/me")).csrf);
  view.about = await get("/api/label");
  await speak();
  single.buttons();
  byId("language").value = currentLanguage();
  bind();
  drawButtons();
  await become(view.about.who || new URLSearchParams(location.search).get("who") || recall("label.who", null));
  setInterval(drawWork, WORK_MS);
}

start().catch((error) => trouble(error));
