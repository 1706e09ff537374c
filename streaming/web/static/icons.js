// Line icons on a 24 grid, drawn for this page.

const PATHS = {
  muted: "M4 9.5v5h3.500l4.500 4v-13l-4.500 4zM16 10l4.500 4.500M20.500 10L16 14.500",
  sound: "M4 9.500v5h3.500l4.500 4v-13l-4.500 4zM15.500 9.200a4 4 0 0 1 0 5.600M18 6.800a7.500 7.500 0 0 1 0 10.400",
  pause: "M9 6v12M15 6v12",
  play: "M8 5.500v13l10.500-6.500z",
  captions: "M5.500 5.500h13a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zM10.500 10.600a2 2 0 1 0 0 2.800M17 10.600a2 2 0 1 0 0 2.800",
  full: "M4.500 9V4.500H9M15 4.500h4.500V9M19.500 15v4.500H15M9 19.500H4.500V15",
  out: "M8 16L16.500 7.500M9.500 7.500h7v7",
  send: "M12 19V5.500M6 11.500l6-6 6 6",
  check: "M5 12.500l4.500 4.500L19 7.500",
  clock: "M12 4.200a7.800 7.800 0 1 0 0 15.600 7.800 7.800 0 0 0 0-15.600zM12 8v4.300l2.800 1.700",
  minus: "M12 4.200a7.800 7.800 0 1 0 0 15.600 7.800 7.800 0 0 0 0-15.600zM8.500 12h7",
  pin: "M9 4.500h6M10 4.500v5L7.500 13v1.500h9V13L14 9.500v-5M12 14.500V20",
  moon: "M19 14.500A7.700 7.700 0 0 1 9.500 5a7.700 7.700 0 1 0 9.500 9.500z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.800v2M12 19.200v2M2.800 12h2M19.200 12h2M5.500 5.500l1.400 1.400M17.100 17.100l1.400 1.400M18.500 5.500l-1.400 1.400M6.900 17.100l-1.400 1.400",
  search: "M10.800 4.500a6.300 6.300 0 1 0 0 12.600 6.300 6.300 0 0 0 0-12.600zM15.500 15.500l4.200 4.200",
  down: "M12 5v13.500M6 12.500l6 6 6-6",
};

/** @param {keyof typeof PATHS} name @returns {SVGSVGElement} */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Fill every `<… data-icon="name">` of the page. @param {ParentNode} [root] */
export function fillIcons(root = document) {
  for (const node of root.querySelectorAll("[data-icon]")) {
    if (!node.querySelector("svg")) node.prepend(icon(/** @type {any} */ (node.getAttribute("data-icon"))));
  }
}

/** Swap the icon of a button. @param {Element} node @param {keyof typeof PATHS} name */
export function setIcon(node, name) {
  node.setAttribute("data-icon", name);
  node.querySelector("svg.icon")?.remove();
  node.prepend(icon(name));
}
