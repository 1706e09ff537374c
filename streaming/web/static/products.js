// The product on the table and the list of the others.
import { el, one, put } from "./dom.js";
import { t } from "./words.js";

/** Only web addresses become links, whatever a catalog holds. @param {unknown} url @returns {string|null} */
export function link(url) {
  try {
    const parsed = new URL(String(url));
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : null;
  } catch {
    return null;
  }
}

/** @param {string} room @param {any} product @returns {string|null} */
export function picture(room, product) {
  if (!product.picture) return null;
  const version = product.version === undefined ? "" : `?v=${encodeURIComponent(product.version)}`;
  return `/rooms/${encodeURIComponent(room)}/pictures/${encodeURIComponent(product.id)}.png${version}`;
}

/** A picture that leaves a plain tile when it cannot be had. @param {string|null} src */
export function tile(src) {
  const box = el("span", { class: "tile" });
  if (src) {
    const image = el("img", { src, alt: "", loading: "lazy", decoding: "async" });
    image.addEventListener("error", () => image.remove());
    box.append(image);
  }
  return box;
}

export class Products {
  /** @param {string} room @param {HTMLElement} pinnedBox @param {HTMLElement} list @param {HTMLAnchorElement} buyBar */
  constructor(room, pinnedBox, list, buyBar) {
    this.room = room;
    this.pinnedBox = pinnedBox;
    this.list = list;
    this.buyBar = buyBar;
    /** @type {Map<string, any>} */
    this.items = new Map();
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map();
    this.pinned = "";
    this.next = "";
    /** @type {Set<string>} */
    this.shown = new Set();
  }

  /** @param {any} snapshot */
  all(snapshot) {
    this.items = new Map((snapshot.products ?? []).map((item) => [item.id, item]));
    this.pin(snapshot.pinned ?? snapshot.segment?.product ?? "", false);
    this.comes(snapshot.rundown ?? []);
  }

  /** @param {any[]} rundown the segments to come */
  comes(rundown) {
    this.next = rundown.map((item) => item.product).find((id) => id && id !== this.pinned) ?? "";
    this.draw();
  }

  /** @param {any} item */
  change(item) {
    const old = this.items.get(item.id);
    this.items.set(item.id, { ...old, ...item });
    this.draw(old && old.price !== item.price && item.id === this.pinned ? old.price : "");
  }

  /** @param {string} id @param {boolean} [draw] */
  pin(id, draw = true) {
    if (!id || id === this.pinned || !this.items.has(id)) return;
    if (this.pinned) this.shown.add(this.pinned);
    this.pinned = id;
    if (this.next === id) this.next = "";
    if (draw) this.draw();
  }

  /** @param {string} [oldPrice] the price on show until now, when it just changed */
  draw(oldPrice = "") {
    const item = this.items.get(this.pinned);
    this.pinnedBox.hidden = !item;
    if (item) this.drawPinned(item, oldPrice);
    const others = [...this.items.values()].filter((one) => one.id !== this.pinned).sort((a, b) => this.rank(a) - this.rank(b) || a.number - b.number);
    for (const [id, row] of this.rows) {
      if (!others.some((one) => one.id === id)) {
        row.remove();
        this.rows.delete(id);
      }
    }
    others.forEach((one, place) => {
      const row = this.rows.get(one.id) ?? this.addRow(one);
      this.drawRow(row, one);
      if (this.list.children[place] !== row) this.list.insertBefore(row, this.list.children[place] ?? null);
    });
  }

  rank(item) {
    return item.sold_out ? 3 : item.id === this.next ? 0 : this.shown.has(item.id) ? 2 : 1;
  }

  drawPinned(item, oldPrice) {
    const box = this.pinnedBox;
    if (box.dataset.product !== item.id || !oldPrice) {
      one(".tile", box).replaceWith(tile(picture(this.room, item)));
    }
    box.dataset.product = item.id;
    put(one(".product-name", box), item.name);
    put(one(".product-summary", box), item.summary ?? "");
    this.drawPrice(one(".price", box), item.price, oldPrice);
    const compare = one(".compare", box);
    compare.hidden = !item.compare_at;
    compare.replaceChildren(el("span", { class: "unseen", text: `${t().was} ` }), el("s", { text: item.compare_at ?? "" }));
    this.drawStock(one(".stock", box), item);
    box.classList.toggle("gone", Boolean(item.sold_out));
    for (const [button, words] of [[one(".buy", box), t().buy], [this.buyBar, `${t().buyShort} ${item.price}`]]) {
      const href = item.sold_out ? null : link(item.url);
      button.hidden = !href;
      if (href) button.setAttribute("href", href);
      put(one(".label", button), words);
    }
  }

  drawPrice(place, price, oldPrice) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!oldPrice || still) return put(place, price);
    // Never two prices side by side: strike the old one, then the new one rises in its place.
    place.classList.add("struck");
    window.setTimeout(() => {
      place.classList.remove("struck");
      put(place, price);
      place.classList.add("risen");
      window.setTimeout(() => place.classList.remove("risen"), 320);
    }, 280);
  }

  drawStock(place, item) {
    const known = typeof item.stock === "number";
    const full = known && item.stock_full > 0 ? Math.min(1, item.stock / item.stock_full) : null;
    const bar = el("span", { class: "bar", "aria-hidden": "true" }, el("span", {}));
    if (full !== null) /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${full * 100}%`;
    const words = item.sold_out ? t().soldOut : known ? t().stock(item.stock) : t().inStock;
    place.replaceChildren(...(full === null ? [] : [bar]), el("span", { text: words }));
  }

  addRow(item) {
    const href = link(item.url);
    const row = el("li", {}, el(href ? "a" : "div", { class: "row", ...(href ? { href, target: "_blank", rel: "noopener noreferrer" } : {}) },
      tile(picture(this.room, item)),
      el("span", { class: "what" }, el("b", { class: "product-name" }), el("span", { class: "product-summary" })),
      el("span", { class: "row-price" }),
      el("span", { class: "when" })));
    this.rows.set(item.id, row);
    return row;
  }

  drawRow(row, item) {
    const state = item.sold_out ? "gone" : item.id === this.next ? "next" : this.shown.has(item.id) ? "shown" : "later";
    row.className = state;
    put(one(".product-name", row), item.name);
    put(one(".product-summary", row), item.summary ?? "");
    put(one(".row-price", row), item.price);
    put(one(".when", row), { gone: t().soldOut, next: t().next, shown: t().shown, later: "" }[state]);
  }
}

