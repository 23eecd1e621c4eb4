// What this browser remembers between visits. A browser that forbids storage forgets, nothing else.

const PREFIX = "floorwatch.";

export function recall(name, otherwise) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : text;
  } catch {
    return otherwise;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, String(value));
  } catch {
    // Private windows and locked-down kiosks: it holds until the page goes.
  }
}
