// Elements. Whatever comes from outside goes in as text, never as markup.

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  dress(node, attributes);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  dress(node, attributes);
  node.append(...children);
  return node;
}

function dress(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    } else if (name === "data") {
      Object.assign(node.dataset, value);
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
}

// Touches the page only where something differs, so that nothing blinks and no reader speaks twice.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value);
  }
}

export const byId = (id) => document.getElementById(id);

// Puts `wanted` into `parent` in this order, moving only what stands elsewhere: focus stays.
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  // From the end, so that one that came in above moves nobody below.
  let next = null;
  for (let at = wanted.length - 1; at >= 0; at -= 1) {
    const node = wanted[at];
    if (node.nextElementSibling !== next || node.parentNode !== parent) {
      const focused = node.contains(document.activeElement) ? document.activeElement : null;
      parent.insertBefore(node, next);
      if (focused) focused.focus({ preventScroll: true });
    }
    next = node;
  }
}
