// Events per day, one bar a day: people below, liquid hatched above, so that shape tells them apart.

import { el, svg } from "./dom.js";
import { day, number, t } from "./words.js";

const [WIDE, HIGH, LEFT, FLOOR, TOP] = [720, 190, 34, 24, 10];

export class Chart {
  constructor(place) {
    this.place = place;
  }

  draw(counted, days, nowMs) {
    const bars = perDay(counted, days, nowMs);
    const most = Math.max(1, ...bars.map((bar) => bar.collapse + bar.spill));
    const top = niceTop(most);
    const high = HIGH - FLOOR - TOP;
    const y = (value) => TOP + high * (1 - value / top);
    const step = (WIDE - LEFT) / bars.length;
    const parts = [];
    for (const value of [0, top / 2, top]) {
      if (!Number.isInteger(value)) continue;
      parts.push(svg("path", { class: "grid", d: `M${LEFT} ${y(value)}H${WIDE}` }));
      parts.push(text("end", LEFT - 6, y(value) + 4, number(value)));
    }
    bars.forEach((bar, index) => {
      const x = LEFT + index * step + step * 0.15;
      const wide = step * 0.7;
      if (bar.collapse) parts.push(svg("rect", { class: "collapse", x, width: wide, y: y(bar.collapse), height: high + TOP - y(bar.collapse) }));
      if (bar.spill) {
        const from = y(bar.collapse + bar.spill);
        parts.push(svg("rect", { class: "spill", fill: "url(#hatch)", x, width: wide, y: from, height: y(bar.collapse) - from }));
      }
      if (index % 7 === (bars.length - 1) % 7) parts.push(index === bars.length - 1 ? text("end", WIDE, HIGH - 6, day(bar.at)) : text("middle", x + wide / 2, HIGH - 6, day(bar.at)));
    });
    const sum = (label) => bars.reduce((total, bar) => total + bar[label], 0);
    const words = t("history.chart.words", { days, collapse: number(sum("collapse")), spill: number(sum("spill")) });
    const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": words }, hatch(), ...parts);
    const legend = el("ul", { class: "legend", "aria-hidden": "true" },
      ...["collapse", "spill"].map((label) => el("li", {}, svg("svg", { viewBox: "0 0 14 14" }, svg("rect", { class: label, fill: label === "spill" ? "url(#hatch)" : null, width: 14, height: 14 })), t(`label.${label}`))));
    this.place.replaceChildren(picture, legend);
  }
}

function perDay(counted, days, nowMs) {
  const bars = new Map();
  for (let back = days - 1; back >= 0; back -= 1) {
    const at = new Date(nowMs - back * 86400000);
    bars.set(localDay(at), { at: at.toISOString(), collapse: 0, spill: 0 });
  }
  for (const one of counted) {
    const bar = bars.get(one.day);
    if (bar && one.label in bar) bar[one.label] += one.count;
  }
  return [...bars.values()];
}

function niceTop(most) {
  const scale = 10 ** Math.floor(Math.log10(most));
  return [2, 4, 10].map((times) => times * scale).find((top) => top >= most) ?? 10 * scale;
}

function text(anchor, x, y, words) {
  const node = svg("text", { "text-anchor": anchor, x, y });
  node.textContent = words;
  return node;
}

function hatch() {
  return svg("defs", {}, svg("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { class: "hatch-ground", width: 5, height: 5 }), svg("rect", { class: "hatch-line", width: 2, height: 5 })));
}

// The day by the clock on the wall here, as the server names days: 2026-11-21.
function localDay(at) {
  const two = (value) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
