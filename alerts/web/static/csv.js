// The history as a table for other programs: RFC 4180, UTF-8 with a mark that spreadsheets need.

import { el } from "./dom.js";
import { get } from "./server.js";

const ROWS_MAX = 20000;
const COLUMNS = ["event_id", "site", "camera", "zone", "label", "standing", "by", "note", "opened_at", "detected_at", "updated_at", "closed_at", "score", "threshold", "phase", "ongoing", "drill", "replayed", "step"];

// Everything that the filters find. Returns how many rows, and whether that was all.
export async function saveCsv(query) {
  const lines = [COLUMNS.join(",")];
  const page = new URLSearchParams(query);
  page.set("limit", "200");
  let next = null;
  do {
    if (next) page.set("cursor", next);
    const answer = await get(`/api/events?${page}`);
    for (const event of answer.events) lines.push(COLUMNS.map((name) => field(event[name])).join(","));
    next = answer.next;
  } while (next && lines.length <= ROWS_MAX);
  const data = new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" });
  const address = URL.createObjectURL(data);
  el("a", { href: address, download: `floorwatch-${new Date().toISOString().slice(0, 10)}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
  return { rows: lines.length - 1, whole: !next };
}

export function field(value) {
  if (value === null || value === undefined) return "";
  let text = String(value);
  // A spreadsheet would run it as a formula.
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
