// What was: searched, page by page, counted, and taken along as a table.

import { Chart } from "./chart.js";
import { saveCsv } from "./csv.js";
import { byId, el, setText } from "./dom.js";
import { Frame } from "./frame.js";
import { icon, signOf } from "./icons.js";
import { failureWords } from "./card.js";
import { get } from "./server.js";
import { number, onLanguage, share, t, tOr, when } from "./words.js";

const PAGE = 50; // rows at once: the page weighs the same after ten thousand events as after ten
const DAYS = 30;
const FIELDS = ["text", "site", "camera", "label", "standing", "from", "until"];

const frame = new Frame("history");
const form = byId("filters");
const chart = new Chart(byId("chart"));
let trail = [null]; // the cursors of the pages up to this one
let told = { events: [], next: null };
let counted = { days: [] };
let asked = 0;

function filters() {
  const query = new URLSearchParams();
  for (const name of FIELDS) {
    const value = form.elements[name].value.trim();
    if (value) query.set(name, value);
  }
  return query;
}

async function fetchPage() {
  asked += 1;
  const mine = asked;
  const query = filters();
  query.set("limit", String(PAGE));
  if (trail.at(-1)) query.set("cursor", trail.at(-1));
  try {
    const answer = await get(`/api/events?${query}`);
    if (mine !== asked) return; // an older question, answered late
    told = answer;
    draw();
  } catch (error) {
    if (mine === asked) setText(byId("found"), failureWords(error));
  }
}

async function fetchCounts() {
  const query = new URLSearchParams({ days: String(DAYS) });
  for (const name of ["site", "camera", "label"]) if (form.elements[name].value) query.set(name, form.elements[name].value);
  counted = await get(`/api/history/counts?${query}`).catch(() => counted);
  drawCounts();
}

function search() {
  trail = [null];
  const query = filters().toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
  fetchPage();
  fetchCounts();
}

function draw() {
  const now = frame.store.nowMs();
  byId("rows").tBodies[0].replaceChildren(...told.events.map((event) => row(event, now)));
  byId("older").disabled = !told.next;
  byId("newer").disabled = trail.length < 2;
  const first = (trail.length - 1) * PAGE + 1;
  const last = first + told.events.length - 1;
  setText(byId("found"), told.events.length ? t("history.found", { first: number(first), last: number(last) }) : t("history.nothing"));
}

function row(event, now) {
  const label = signOf(event.label);
  return el(
    "tr",
    { data: { standing: event.standing } },
    cell("opened", el("a", { href: `/events/${encodeURIComponent(event.event_id)}` }, when(event.opened_at, now))),
    cell("label", el("span", { class: "sort", data: { label } }, icon(label), tOr("label", event.label)), event.drill ? el("b", { class: "tag drill" }, t("drill")) : null),
    cell("where", frame.place(event)),
    cell("standing", tOr("standing", event.standing)),
    cell("by", event.by || "", event.note ? el("span", { class: "aside" }, event.note) : null),
    cell("score", share(event.score)),
  );
}

// On a phone a row is a small card: then each cell says what it is.
function cell(name, ...content) {
  const heading = name === "score" ? "score" : `history.${name}`;
  return el("td", { class: name === "score" ? "number" : name, "data-heading": t(heading) }, ...content);
}

function drawCounts() {
  chart.draw(counted.days, DAYS, frame.store.nowMs());
  const sums = new Map();
  for (const one of counted.days) {
    const key = JSON.stringify([one.site, one.camera]);
    const sum = sums.get(key) || { site: one.site, camera: one.camera, collapse: 0, spill: 0, false_alarms: 0 };
    if (one.label in sum) sum[one.label] += one.count;
    sum.false_alarms += one.false_alarms || 0;
    sums.set(key, sum);
  }
  const rows = [...sums.values()].sort((a, b) => b.collapse + b.spill - a.collapse - a.spill);
  const head = ["history.camera", "label.collapse.short", "label.spill.short", "tile.false_alarms"];
  byId("counts").replaceChildren(
    rows.length === 0
      ? el("p", { class: "aside" }, t("history.nothing"))
      : el("table", {}, el("thead", {}, el("tr", {}, ...head.map((key, at) => el("th", { scope: "col", class: at ? "number" : null }, t(key))))),
          el("tbody", {}, ...rows.map((one) => el("tr", {}, el("th", { scope: "row" }, frame.place({ ...one, zone: null })), ...["collapse", "spill", "false_alarms"].map((key) => el("td", { class: "number" }, number(one[key]))))))),
  );
}

function offer(name, values) {
  const choice = form.elements[name];
  const wanted = new URLSearchParams(location.search).get(name) || choice.value;
  for (const old of [...choice.options].slice(1)) old.remove();
  const all = [...new Set([...values, ...(wanted ? [wanted] : [])])].sort();
  for (const value of all) choice.append(el("option", { value }, value));
  choice.value = wanted;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
form.addEventListener("reset", () => setTimeout(search));
form.addEventListener("change", (event) => event.target.name !== "text" && search());
byId("older").addEventListener("click", () => {
  trail.push(told.next);
  fetchPage();
  byId("found").scrollIntoView({ block: "nearest" });
});
byId("newer").addEventListener("click", () => {
  trail.pop();
  fetchPage();
});
byId("export").addEventListener("click", async () => {
  const button = byId("export");
  button.disabled = true;
  try {
    const { rows, whole } = await saveCsv(filters());
    frame.say(t(whole ? "history.exported" : "history.exported.part", { n: rows }));
    setText(byId("found"), t(whole ? "history.exported" : "history.exported.part", { n: rows }));
  } catch (error) {
    setText(byId("found"), failureWords(error));
  } finally {
    button.disabled = false;
  }
});

let offered = "";
let later = null;
frame.draw = () => {
  const cameras = [...frame.store.cameras.values()];
  const names = JSON.stringify(cameras.map((one) => [one.site, one.camera]));
  if (names === offered) return;
  offered = names;
  offer("camera", cameras.map((one) => one.camera));
  offer("site", [...frame.store.sites.keys()]);
  drawCounts();
  draw();
};
// New events come to the first page by themselves; on a later one they would shift what is read.
frame.heard = (change) => {
  if (trail.length > 1 || !(change.event || change.kind === "all" || change.kind === "gone")) return;
  later ??= setTimeout(() => {
    later = null;
    fetchPage();
    fetchCounts();
  }, 1000);
};
onLanguage(() => {
  draw();
  drawCounts();
});

for (const [name, value] of new URLSearchParams(location.search)) {
  if (!FIELDS.includes(name)) continue;
  if (name === "site" || name === "camera") offer(name, [value]);
  else form.elements[name].value = value;
}
await frame.start();
await Promise.all([fetchPage(), fetchCounts()]);
