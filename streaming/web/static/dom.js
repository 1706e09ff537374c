// Building the page. Text is always set as text: there is no innerHTML anywhere in this project.

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [props] `text`, `class`, `on` (listeners), any attribute; null and false are left out
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = String(value);
    else if (name === "on") for (const [event, listen] of Object.entries(value)) node.addEventListener(event, listen);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement} */
export const one = (selector, root = document) => /** @type {HTMLElement} */ (root.querySelector(selector));

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Set text only when it changed, so that screen readers and animations are not restarted.
 * @param {Element} node @param {string} text */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
