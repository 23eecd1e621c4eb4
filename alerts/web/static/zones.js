// Where to watch and where never to alarm, drawn on the camera's last picture.

import { Areas, LABELS } from "./areas.js";
import { byId, el, setAttribute, setText } from "./dom.js";
import { Easel } from "./easel.js";
import { failureWords } from "./card.js";
import { Frame } from "./frame.js";
import { get, post, put } from "./server.js";
import { onLanguage, t, tOr } from "./words.js";

const CHECK_MS = 130000; // the device's own program reads the file first, and takes it over after
const frame = new Frame("zones");
const areas = new Areas(() => draw());
const easel = new Easel(byId("picture"), areas, { finished, hint: (key) => hint(key) });
const choice = byId("camera");
let cameras = [];
let camera = null;
let previewed = "";
let later = null;
let items = []; // the rows of the list, kept while somebody types in one

const path = (more = "") => `/api/zones/${encodeURIComponent(camera)}${more}`;

function hint(key, values = {}) {
  setText(byId("hint"), key ? t(key, values) : "");
}

async function open(name) {
  camera = name;
  try {
    const told = await get(path());
    areas.take(told);
    items = [];
    easel.show(told.snapshot_url, t("tile.alt", { camera: name }));
    previewed = "";
    setText(byId("yaml"), told.yaml || "");
    hint(told.snapshot_url ? null : "zones.nopicture");
  } catch (error) {
    setText(byId("hint"), failureWords(error));
  }
  draw();
}

function finished(kind, points) {
  byId("rectangle").hidden = true;
  hint(kind ? "zones.named" : null);
  if (kind) areas.add(kind, points, areas.freeName(t(`zones.${kind}.stem`)));
  else draw();
}

function begin(kind) {
  easel.begin(kind);
  byId("rectangle").hidden = false;
  hint("zones.draw");
}

function draw() {
  easel.draw();
  drawList();
  byId("undo").disabled = areas.past.length === 0;
  byId("save").disabled = !areas.dirty || !areas.sound || camera === null;
  const body = JSON.stringify(areas.body());
  if (areas.dirty && areas.sound && body !== previewed) {
    clearTimeout(later);
    later = setTimeout(() => preview(body), 400);
  }
}

// The lines as the server will write them: nobody else knows the file.
async function preview(body) {
  previewed = body;
  const told = await post(path("/preview"), JSON.parse(body)).catch(() => null);
  if (told && previewed === body) setText(byId("yaml"), told.yaml);
}

function drawList() {
  if (items.length !== areas.list.length || items.some((item, index) => item.dataset.kind !== areas.list[index].kind)) {
    items = areas.list.map((area, index) => row(area, index));
    byId("areas").replaceChildren(...items);
  }
  areas.list.forEach((area, index) => {
    const item = items[index];
    setAttribute(item, "data-chosen", index === areas.chosen ? "" : null);
    const name = item.querySelector("input[type=text]");
    if (name.value !== area.name) name.value = area.name;
    for (const box of item.querySelectorAll("input[type=checkbox]")) box.checked = area.labels.includes(box.value);
    const fault = areas.fault(index);
    setText(item.querySelector(".problem"), fault ? t(fault.key, fault.values) : "");
    setAttribute(name, "aria-invalid", fault ? "true" : null);
  });
  if (areas.list.length === 0) byId("areas").replaceChildren(el("li", { class: "aside" }, t("zones.none")));
}

function row(area, index) {
  const choose = () => index !== areas.chosen && areas.choose(index);
  return el(
    "li",
    { class: "row", data: { kind: area.kind }, on: { focusin: choose, click: choose } },
    el("p", { class: "kind" }, t(`zones.${area.kind}`)),
    el("label", {}, el("span", {}, t("zones.name")), el("input", { type: "text", maxlength: "64", value: area.name, on: { input: (event) => areas.rename(index, event.target.value), change: () => areas.settle() } })),
    el("fieldset", {}, el("legend", {}, t(area.kind === "zone" ? "zones.watches" : "zones.hides")),
      ...LABELS.map((label) => el("label", { class: "check" }, el("input", { type: "checkbox", value: label, on: { change: (event) => areas.label(index, label, event.target.checked) } }), el("span", {}, tOr("label", label))))),
    el("p", { class: "problem", role: "status" }),
    el("button", { type: "button", class: "remove", on: { click: (event) => { event.stopPropagation(); areas.remove(index); } } }, t("zones.remove")),
  );
}

async function save() {
  byId("save").disabled = true;
  hint("zones.saving");
  try {
    const told = await put(path(), areas.body(), { waitMs: CHECK_MS });
    areas.version = told.version;
    areas.saved = JSON.stringify(areas.list);
    setText(byId("yaml"), told.yaml);
    setText(byId("hint"), [t(told.reloaded ? "zones.saved" : "zones.saved.later"), told.words].filter(Boolean).join(" "));
  } catch (error) {
    if (error.status === 409) hint("zones.changed");
    else setText(byId("hint"), [failureWords(error), ...(error.lines || [])].join(" "));
  }
  draw();
}

choice.addEventListener("change", async () => {
  if (areas.dirty && !confirm(t("zones.leave"))) choice.value = camera;
  else await open(choice.value);
});
byId("add-zone").addEventListener("click", () => begin("zone"));
byId("add-mask").addEventListener("click", () => begin("mask"));
byId("rectangle").addEventListener("click", () => easel.rectangle());
byId("undo").addEventListener("click", () => {
  areas.undo();
  items = [];
  draw();
});
byId("save").addEventListener("click", save);
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.target.closest?.("input")) {
    event.preventDefault();
    byId("undo").click();
  }
});
window.addEventListener("beforeunload", (event) => areas.dirty && event.preventDefault());
onLanguage(() => {
  items = [];
  draw();
});

async function fetchCameras() {
  try {
    ({ cameras } = await get("/api/zones"));
    choice.append(...cameras.map((one) => el("option", { value: one.camera }, one.camera)));
    const wanted = new URLSearchParams(location.search).get("camera");
    if (cameras.some((one) => one.camera === wanted)) choice.value = wanted;
    if (cameras.length) await open(choice.value);
  } catch (error) {
    setText(byId("hint"), failureWords(error));
  }
}

// Nothing to draw into: said in words, and nothing to press.
function nothingHere() {
  for (const part of document.querySelectorAll("main .lead, main .bar, main .bench")) part.hidden = true;
  hint(frame.me.role === "admin" ? "zones.nofile" : "fail.role");
}

await frame.start();
if (frame.me.zones) await fetchCameras();
else nothingHere();
