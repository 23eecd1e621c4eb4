// What Chromium itself knows of a page that is looked at, for tests. An object of functions.
({
  // Every text that is seen: [its first letters, contrast with what is behind it, what WCAG 2.1
  // asks for]: 4.5 to 1, for large text (24 px, or 18.66 px bold) 3 to 1. Disabled is exempt.
  contrasts() {
    const parse = (text) => {
      const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
      return [r, g, b, a];
    };
    const over = (top, under) =>
      [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) =>
      0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
    const behind = (node) => {
      const layers = [];
      for (let at = node; at; at = at.parentElement) {
        layers.unshift(parse(getComputedStyle(at).backgroundColor));
      }
      return layers.reduce((under, top) => over(top, under), [255, 255, 255, 1]);
    };
    const exempt = "svg, .unseen, .skip, noscript, :disabled, option";
    const seen = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.parentElement;
      if (!node.data.trim() || !at.checkVisibility() || at.closest(exempt)) continue;
      const style = getComputedStyle(at);
      const ground = behind(at);
      const [a, b] = [light(over(parse(style.color), ground)), light(ground)].sort((x, y) => y - x);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      seen.push([node.data.trim().slice(0, 40), (a + 0.05) / (b + 0.05), large ? 3 : 4.5]);
    }
    return seen;
  },

  // Whatever can be used or is a picture, and has nothing that a screen reader could say.
  nameless() {
    const all = "button, a[href], input, select, summary, [tabindex='0'], img, video, [role=img]";
    const named = (one) =>
      one.getAttribute("aria-label") ||
      one.getAttribute("alt") ||
      one.textContent.trim() ||
      [...(one.labels || [])].some((label) => label.textContent.trim());
    return [...document.querySelectorAll(all)]
      .filter((one) => one.checkVisibility() && !named(one))
      .map((one) => one.outerHTML);
  },

  // Whatever in a card reaches over its edge.
  over() {
    return [...document.querySelectorAll(".card, .tile")].flatMap((card) => {
      const edge = card.getBoundingClientRect();
      return [...card.querySelectorAll("*:not(.unseen)")]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > edge.right + 1)
        .map((one) => one.outerHTML);
    });
  },

  // Whatever can be pressed and is smaller than a thumb.
  small() {
    const all = "button, select, input:not([type=checkbox]), summary, nav a, .details";
    return [...document.querySelectorAll(all)]
      .filter((one) => one.checkVisibility())
      .map((one) => [one, one.getBoundingClientRect()])
      .filter(([, box]) => box.width < 44 || box.height < 44)
      .map(([one]) => one.outerHTML);
  },
})
