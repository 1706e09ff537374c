// The list of rooms: a card with a muted picture for each, and everything on their tables.
import { el, one, put } from "./dom.js";
import { fillIcons } from "./icons.js";
import { Player } from "./player.js";
import { firstLanguage, switches } from "./prefs.js";
import { picture, tile } from "./products.js";
import { speak, t } from "./words.js";

const EVERY_MS = 10_000;
const FINDS = 6;

/** @type {any[]} */
let rooms = [];
/** @type {Map<string, {node: HTMLElement, player: Player}>} */
const cards = new Map();

/** Pictures play only while their card is on screen, and not where data or motion is to be saved. */
const mayPlay = () =>
  !matchMedia("(prefers-reduced-motion: reduce)").matches && !(/** @type {any} */ (navigator).connection?.saveData);
const onScreen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const card = [...cards.values()].find(({ node }) => node === entry.target);
    if (!card || !mayPlay()) continue;
    if (entry.isIntersecting) card.player.nudge();
    else card.player.stop();
  }
}, { threshold: 0.3 });

function addCard(room) {
  const address = `/rooms/${encodeURIComponent(room.room)}`;
  const video = /** @type {HTMLVideoElement} */ (el("video", { playsinline: true, autoplay: true, muted: true, tabindex: "-1", "aria-hidden": "true" }));
  video.muted = true;
  video.style.visibility = "hidden";
  const still = /** @type {HTMLImageElement} */ (el("img", { class: "still", alt: "", hidden: true }));
  const node = el("li", {}, el("a", { class: "stall", href: address },
    el("div", { class: "cover crop" },
      el("div", { class: "frame" }, still, video),
      el("div", { class: "watching", role: "img" }, el("span", { class: "dot", "aria-hidden": "true" }), el("span", { class: "viewers" }))),
    el("div", { class: "label-line" },
      el("div", {}, el("h2", {}), el("p", { class: "what" }), el("p", { class: "ai" })),
      el("span", { class: "speaks" }))));
  const player = new Player(video, `${address}/whep`, (state) => {
    if (state === "live") video.style.visibility = "visible";
  }, { sound: false });
  fetch(`${address}/still`).then(async (answer) => {
    if (answer.status !== 200) return;
    still.src = URL.createObjectURL(await answer.blob());
    still.hidden = false;
  }).catch(() => {});
  one(".stalls").append(node);
  const card = { node, player };
  cards.set(room.room, card);
  onScreen.observe(node);
  return card;
}

function draw() {
  put(one("h1"), t().stalls(rooms.filter((room) => !room.away).length));
  document.title = t().name;
  for (const room of rooms) {
    const { node } = cards.get(room.room) ?? addCard(room);
    const wide = Array.isArray(room.size) && room.size[0] > room.size[1];
    node.classList.toggle("wide", wide);
    one(".cover", node).classList.toggle("crop", !wide);
    const words = room.away ? t().backSoon : typeof room.viewers === "number" ? t().watching(room.viewers) : t().onAir;
    // The number alone leaves room for the host's label in the picture; the words are for ears.
    put(one(".viewers", node), room.away || typeof room.viewers !== "number" ? words : String(room.viewers));
    one(".watching", node).setAttribute("aria-label", words);
    one(".dot", node).classList.toggle("off", room.away || room.state !== "on-air");
    put(one("h2", node), room.shop?.name || room.title || room.room);
    put(one(".what", node), room.title ?? "");
    put(one(".ai", node), room.host?.label ?? "");
    put(one(".speaks", node), t().languages[room.language] ?? "");
    one(".label-line div", node).lang = room.language ?? "";
  }
  drawFinds();
}

/** What is for sale tonight: next and pinned products first; with a search, whatever matches. */
function drawFinds() {
  const wanted = /** @type {HTMLInputElement} */ (one("#search")).value.trim().toLocaleLowerCase();
  const found = rooms.flatMap((room) => (room.products ?? []).map((product) => ({ room, product })))
    .filter(({ room, product }) => !wanted || `${product.name} ${product.summary} ${room.shop?.name}`.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => Number(a.product.sold_out) - Number(b.product.sold_out) || Number(b.product.id === b.room.pinned) - Number(a.product.id === a.room.pinned))
    .slice(0, wanted ? 20 : FINDS);
  one(".nothing").hidden = found.length > 0 || !wanted;
  const drawn = JSON.stringify([found.map(({ room, product }) => [room.room, product]), t().soldOut]);
  const list = one(".finds");
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  list.replaceChildren(...found.map(({ room, product }) =>
    el("li", {}, el("a", { class: product.sold_out ? "find gone" : "find", href: `/rooms/${encodeURIComponent(room.room)}`, lang: room.language },
      el("span", {}, el("b", { text: product.name }), el("span", { class: "shop", text: room.shop?.name ?? "" })),
      el("span", { class: "cost", text: product.sold_out ? t().soldOut : product.price }),
      tile(picture(room.room, product))))));
}

async function look() {
  try {
    const answer = await fetch("/rooms");
    if (answer.ok) rooms = (await answer.json()).rooms;
    else rooms = rooms.map((room) => ({ ...room, away: true }));
  } catch {
    rooms = rooms.map((room) => ({ ...room, away: true }));
  }
  draw();
}

fillIcons();
speak(firstLanguage());
switches(draw);
one("#search").addEventListener("input", drawFinds);
await look();
window.setInterval(() => document.hidden || void look(), EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || void look());
