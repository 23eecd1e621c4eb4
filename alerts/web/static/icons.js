// Our own signs: each is told from the others by its shape, so that colour is never needed.

import { svg } from "./dom.js";

const SHAPES = {
  // A person lying on the floor.
  collapse: ["M2 20h20", "M8 16h7l5-3.5", "M8 16l4-4.5 3.5 2", { circle: [5, 13.2, 2.3] }],
  // A drop over a puddle.
  spill: ["M12 3c2.6 3.4 4 5.6 4 7.4a4 4 0 0 1-8 0C8 8.6 9.4 6.4 12 3z", "M3 19.5c2-2 5-2 9-2s7 0 9 2"],
  // An eye struck through, on a stand.
  camera: ["M2 10c3-4.5 6.5-6.5 10-6.5s7 2 10 6.5c-3 4.5-6.5 6.5-10 6.5s-7-2-10-6.5z", "M4 18L20 2", "M8 21.5h8"],
  // Three dots, and one that stands out.
  unusual: [{ circle: [5, 18, 2] }, { circle: [12, 18, 2] }, { circle: [19, 18, 2] }, { circle: [12, 7, 4] }],
  other: ["M12 3l10 18H2z", "M12 9.5v5", "M12 17.5v.2"],
  // An eye, and one struck through.
  sees: ["M2 12c3-5 6.5-7 10-7s7 2 10 7c-3 5-6.5 7-10 7s-7-2-10-7z", { circle: [12, 12, 3] }],
  blind: ["M2 12c3-5 6.5-7 10-7s7 2 10 7c-3 5-6.5 7-10 7s-7-2-10-7z", "M4 21L20 3"],
  calm: ["M4 12.5l5 5L20 6.5"],
  unknown: ["M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4", "M12 17.8v.2", { circle: [12, 12, 10] }],
  person: [{ circle: [12, 7.5, 3.5] }, "M5 21c0-4.5 3-7 7-7s7 2.5 7 7"],
  play: ["M7 4.5v15l12-7.5z"],
  heat: ["M12 2.5c1 4 5.5 6 5.5 11a5.5 5.5 0 0 1-11 0c0-2.5 1.5-4 2.5-5.5 .5 1.5 1.2 2.2 2 2.5C11.5 8 11 5 12 2.5z"],
  sound: ["M4 9.5v5h3.5L13 19V5L7.5 9.5z", "M16 9a4.5 4.5 0 0 1 0 6", "M18.5 6.5a8 8 0 0 1 0 11"],
  silent: ["M4 9.5v5h3.5L13 19V5L7.5 9.5z", "M16.5 9.5l5 5", "M21.5 9.5l-5 5"],
  clock: [{ circle: [12, 12, 9] }, "M12 7v5l3.5 2"],
  drill: ["M5 21V4", "M5 4h13l-3 4.5 3 4.5H5"],
};

export function icon(name) {
  const parts = (SHAPES[name] || SHAPES.other).map((part) =>
    typeof part === "string"
      ? svg("path", { d: part })
      : svg("circle", { cx: part.circle[0], cy: part.circle[1], r: part.circle[2] }),
  );
  return svg("svg", { viewBox: "0 0 24 24", class: "sign", "aria-hidden": "true", focusable: "false", data: { sign: name } }, ...parts);
}

export const LABELS = ["collapse", "spill", "camera", "unusual"]; // the most pressing first

// What an event's sign is called: one of a newer device has the sign of all others.
export const signOf = (label) => (LABELS.includes(label) ? label : "other");

// Another sign in the place of the one that is there.
export function replaceSign(old, name) {
  if (old.dataset.sign === name) return old;
  const fresh = icon(name);
  fresh.classList.add(...old.classList);
  old.replaceWith(fresh);
  return fresh;
}
