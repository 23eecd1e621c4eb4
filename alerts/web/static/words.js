// All words of the pages, in the language of whoever looks, and dates and times as written there.

import { recall, remember } from "./kept.js";

const LANGUAGES = ["en", "ko"];
const listeners = new Set();
let words = {};
let language = "en";
let formats = {};

function preferred(offered) {
  const asked = [recall("language", null), offered, ...(navigator.languages || [])];
  const known = asked.filter(Boolean).map((one) => one.slice(0, 2)).find((one) => LANGUAGES.includes(one));
  return known || "en";
}

// Loads the words and puts them into the page. `offered` is the account's language, if it has one.
export async function speak(offered = null, chosen = null) {
  if (chosen) remember("language", chosen);
  const wanted = chosen || preferred(offered);
  const answer = await fetch(`/static/lang/${wanted}.json`);
  if (!answer.ok) throw new Error(`words: ${answer.status}`);
  words = await answer.json();
  language = wanted;
  formats = {
    time: new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
    moment: new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
    full: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" }),
    day: new Intl.DateTimeFormat(language, { month: "short", day: "numeric" }),
    share: new Intl.NumberFormat(language, { maximumFractionDigits: 2, minimumFractionDigits: 2 }),
    number: new Intl.NumberFormat(language),
  };
  document.documentElement.lang = language;
  translate(document);
  for (const tell of listeners) tell();
}

export const currentLanguage = () => language;

export function onLanguage(tell) {
  listeners.add(tell);
}

// With `values.n` of 1 it is `key.one`, where there is one.
export function t(key, values = {}) {
  const one = `${key}.one`;
  const text = values.n === 1 && words[one] !== undefined ? words[one] : words[key];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (values[name] === undefined ? whole : String(values[name])));
}

// A word for a name that may be new to us; then the name itself.
export function tOr(prefix, name) {
  const key = `${prefix}.${name}`;
  return words[key] === undefined ? String(name) : words[key];
}

export function translate(root) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
  for (const node of root.querySelectorAll("[data-t-placeholder]")) node.setAttribute("placeholder", t(node.dataset.tPlaceholder));
}

const told = (format, at) => (at ? formats[format].format(new Date(at)) : "");
export const time = (at) => told("time", at);
export const fullTime = (at) => told("full", at);
export const day = (at) => told("day", at);
export const share = (value) => (value === null || value === undefined ? "–" : formats.share.format(value));
export const number = (value) => formats.number.format(value);

// Today the time alone; else with the date.
export function when(at, nowMs) {
  if (!at) return "";
  const same = new Date(at).toDateString() === new Date(nowMs).toDateString();
  return told(same ? "time" : "moment", at);
}

// How long: 0:07, 12:34, 3:07:09, then in days.
export function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(seconds / 86400);
  if (days >= 2) return t("age.days", { n: days });
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest.replace(/^0(\d)/, "$1");
}

// The same in words, for ears.
export function ageInWords(ms) {
  const minutes = Math.floor(Math.max(0, ms) / 60000);
  if (minutes < 1) return t("age.now");
  if (minutes < 120) return t("age.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? t("age.hours", { n: hours }) : t("age.days", { n: Math.floor(hours / 24) });
}
