// Keys for those who never touch the mouse. They do nothing while somebody is typing.

import { byId } from "./dom.js";

export const isTyping = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest?.("input, textarea, select, [contenteditable]") !== null;

export function bindKeysSheet() {
  const sheet = byId("keys");
  byId("show-keys")?.addEventListener("click", () => sheet.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && !isTyping(event) && !sheet.open) {
      event.preventDefault();
      sheet.showModal();
    }
  });
}

const ANSWERS = new Set(["a", "r", "f"]);

// `actions` maps a key to what it does with the card in focus. While none is, an answer is for the
// one that nobody has taken; where there are several the first of them is shown and `onChosen` told:
// the same key once more answers it.
export function bindCardKeys(list, actions, onSilence, onChosen = () => {}) {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event) || byId("keys").open) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const cards = [...list.children];
    let card = document.activeElement?.closest?.(".card");
    if (!card && ANSWERS.has(key) && actions[key] && !event.repeat) {
      const open = cards.length === 1 ? cards : cards.filter((one) => "untaken" in one.dataset);
      if (open.length > 1) {
        event.preventDefault();
        show(open[0]);
        onChosen(open[0]);
        return;
      }
      [card] = open;
    }
    if (key === "j" || key === "k") {
      event.preventDefault();
      move(cards, card, key === "j" ? 1 : -1);
    } else if (key === "m") onSilence();
    else if (card && actions[key] && !event.repeat) {
      if (key === "Enter" && event.target !== card) return; // the press of a button or a link
      event.preventDefault();
      actions[key](card);
    }
  });
}

function move(cards, card, step) {
  if (cards.length === 0) return;
  const at = cards.indexOf(card);
  const next = at < 0 ? (step > 0 ? 0 : cards.length - 1) : Math.min(cards.length - 1, Math.max(0, at + step));
  show(cards[next]);
}

function show(card) {
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}
