// The room page: wires the live socket to captions, goods and chat, and the buttons to the player.
import { Captions } from "./captions.js";
import { Chat, initial } from "./chat.js";
import { all, el, one, put } from "./dom.js";
import { fillIcons, setIcon } from "./icons.js";
import { Live } from "./live.js";
import { Player } from "./player.js";
import { firstLanguage, recall, remember, switches } from "./prefs.js";
import { Products } from "./products.js";
import { language, speak, t } from "./words.js";

const root = document.documentElement;
const name = root.dataset.room ?? "";
const room = one(".room");
const video = /** @type {HTMLVideoElement} */ (one("video"));

/** What is known of the room; grows with every event. @type {any} */
let seen = { host: {}, shop: {}, chat: [], products: [] };
let lineIsUp = false;
/** @type {import("./player.js").PlayerState} */
let picturing = "connecting";
let pausedByViewer = false;

const captions = new Captions(one(".lines"), one(".spoken-line"), () => Math.min(3, player.delayS ?? 0));
const products = new Products(name, one(".pinned"), one(".rows"), /** @type {HTMLAnchorElement} */ (one(".buybar")));
const chat = new Chat(one(".messages"), one(".more"), (answered) => all(".answered-count").forEach((node) => put(node, String(answered))));
const player = new Player(video, `/rooms/${encodeURIComponent(name)}/whep`, (state) => {
  picturing = state;
  drawVeil();
});

// --- what the room tells -------------------------------------------------------------------------

const hear = {
  hello({ room: snapshot }) {
    const wasUp = lineIsUp;
    lineIsUp = true;
    seen = snapshot;
    products.all(snapshot);
    chat.all(snapshot.chat ?? []);
    if (snapshot.line) captions.show(snapshot.line, since(snapshot));
    if (!recall("language") && language() !== firstLanguage(snapshot.language)) speakAll(firstLanguage(snapshot.language));
    shape(snapshot.size);
    draw();
    if (!wasUp && !pausedByViewer) player.nudge();
  },
  away() {
    lineIsUp = false;
    const unsent = chat.lost();
    if (unsent.length && !sayBox.value) sayBox.value = unsent[unsent.length - 1];
    draw();
  },
  line: (event) => captions.show(event),
  segment(event) {
    chat.spoken();
    if (event.product) products.pin(event.product);
  },
  rundown(event) {
    if (event.pinned) products.pin(event.pinned, false);
    products.comes(event.rundown ?? []);
  },
  product: (event) => products.change(event),
  chat(event) {
    chat.say(event);
    drawEmpty();
  },
  answer: (event) => chat.answer(event),
  state(event) {
    Object.assign(seen, Object.fromEntries(Object.entries(event).filter(([key]) => key === "state" || key === "viewers")));
    if (event.pinned) products.pin(event.pinned);
    draw();
  },
  sent(event) {
    const { why, text } = chat.sent(event);
    put(one(".complaint"), why);
    if (why && !sayBox.value) sayBox.value = text;
  },
};

/** How long ago the snapshot's line began: all of it when the clocks do not fit together. */
function since(snapshot) {
  const elapsed = snapshot.on_air_s - (snapshot.line.t ?? NaN);
  return elapsed >= 0 && elapsed <= snapshot.line.duration_s ? elapsed : snapshot.line.duration_s ?? 0;
}

/** Portrait pictures are cut to the uncovered part below the desktop; landscape ones never. */
function shape(size) {
  const wide = Array.isArray(size) && size[0] > size[1];
  room.classList.toggle("wide", wide);
  one(".player").classList.toggle("crop", !wide && matchMedia("(max-width: 1099px)").matches);
}

// --- drawing -------------------------------------------------------------------------------------

function draw() {
  put(one(".title"), seen.title ?? name);
  document.title = `${seen.title ?? name} · ${t().name}`;
  one(".title").lang = seen.language ?? "";
  const host = seen.host?.name ?? "";
  put(one(".host-note"), host ? t().hostNote(host) : "");
  put(one(".host-short"), host ? t().hostShort(host) : "");
  one(".player").setAttribute("aria-label", [seen.title, seen.host?.label].filter(Boolean).join(", "));
  sayBox.placeholder = host ? t().askHost(host) : t().ask;
  put(one(".crumbs .shop"), seen.shop?.name ?? "");
  put(one(".caption-language"), t().languages[seen.language] ?? "");
  put(one(".goods-count"), String(seen.products?.length || ""));
  put(one(".table-head .count"), seen.products?.length ? t().products(seen.products.length) : "");
  drawStatus();
  drawVeil();
  drawButtons();
  drawEmpty();
  drawName();
}

function drawStatus() {
  const words = { "on-air": t().onAir, starting: t().starting, paused: t().pausedShow, panic: t().pausedShow, stopping: t().stopping }[seen.state];
  const live = lineIsUp && seen.state === "on-air";
  const delay = player.delayS === null ? "" : t().behind(player.delayS);
  for (const place of all(".status")) {
    const parts = [
      el("span", { class: "air" }, el("span", { class: live ? "dot" : "dot off", "aria-hidden": "true" }), lineIsUp ? words ?? "" : t().away),
      lineIsUp && typeof seen.viewers === "number" ? el("span", { text: t().watching(seen.viewers) }) : null,
      delay ? el("span", { class: "delay", text: delay }) : null,
    ].filter((part) => part !== null);
    if (place.textContent !== parts.map((part) => part.textContent).join("") || !place.firstChild) place.replaceChildren(...parts);
    else place.firstElementChild?.firstElementChild?.classList.toggle("off", !live);
  }
}

function drawVeil() {
  const veil = one(".veil");
  const away = !lineIsUp && picturing !== "live" && seen.state !== undefined;
  const [words, hint] = away
    ? [t().backSoon, t().backSoonHint]
    : picturing === "connecting" ? [t().connecting, ""]
    : picturing === "retrying" ? [t().backSoon, ""]
    : picturing === "novideo" ? [t().noVideo, ""]
    : ["", ""];
  veil.classList.toggle("shown", words !== "");
  veil.classList.toggle("deep", away);
  // Words stay while the veil fades.
  if (words && one(".veil-text", veil).textContent !== words + hint) one(".veil-text", veil).replaceChildren(words, hint ? el("small", { text: hint }) : "");
  video.style.visibility = picturing === "live" || picturing === "blocked" || pausedByViewer || video.videoWidth > 0 ? "visible" : "hidden";
  one(".bigplay").hidden = !(picturing === "blocked" || (pausedByViewer && !away));
}

function drawButtons() {
  for (const button of all("[data-do=sound]")) {
    const on = !video.muted;
    button.classList.toggle("on", on);
    setIcon(button, on ? "sound" : "muted");
    const inRow = button.closest(".about") !== null;
    put(one(".label", button), inRow ? t().soundOnShort : t().soundOn);
    button.setAttribute("aria-label", on ? t().soundOff : t().soundOn);
    button.title = on ? t().soundOff : "";
  }
  const pause = one("[data-do=pause]");
  setIcon(pause, pausedByViewer ? "play" : "pause");
  pause.setAttribute("aria-label", pausedByViewer ? t().play : t().pause);
  pause.title = pausedByViewer ? t().play : t().pause;
  one("[data-do=captions]").setAttribute("aria-pressed", String(root.dataset.captions !== "off"));
}

function drawEmpty() {
  const only = one(".chat").classList.contains("only-answered");
  const shown = one(only ? ".messages .answered" : ".messages .said");
  one(".chat-empty").hidden = Boolean(shown);
  put(one(".chat-empty"), only ? t().answeredEmpty : t().chatEmpty);
}

// --- buttons -------------------------------------------------------------------------------------

const does = {
  sound() {
    video.muted = !video.muted;
    // A screen reader and the host should not talk at the same time.
    one(".spoken-line").setAttribute("aria-live", video.muted ? "polite" : "off");
    if (!video.muted && !pausedByViewer) void player.play();
    drawButtons();
  },
  pause() {
    pausedByViewer = !pausedByViewer;
    if (pausedByViewer) video.pause();
    else if (player.peer === null) player.nudge();
    else void player.play();
    drawButtons();
    drawVeil();
  },
  captions() {
    const off = root.dataset.captions !== "off";
    root.dataset.captions = off ? "off" : "on";
    remember("captions", off ? "off" : "on");
    drawButtons();
  },
  async full() {
    const box = one(".player");
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (box.requestFullscreen) await box.requestFullscreen().catch(() => {});
    // @ts-expect-error Safari on phones knows only this
    else video.webkitEnterFullscreen?.();
  },
  about() {
    const item = products.items.get(products.pinned);
    if (item && !sayBox.value) sayBox.value = t().about(item.name);
    sayBox.focus();
  },
};
for (const button of all("[data-do]")) button.addEventListener("click", () => does[button.dataset.do]());
one(".bigplay").addEventListener("click", () => {
  pausedByViewer = false;
  if (picturing === "blocked") picturing = "live";
  void player.play();
  drawButtons();
  drawVeil();
});

function onlyAnswered(only) {
  one(".chat").classList.toggle("only-answered", only);
  one(".filter-all").setAttribute("aria-pressed", String(!only));
  for (const button of all(".filter-answered, .answered-toggle")) button.setAttribute("aria-pressed", String(only));
  drawEmpty();
  chat.toEnd();
}
one(".filter-all").addEventListener("click", () => onlyAnswered(false));
one(".filter-answered").addEventListener("click", () => onlyAnswered(true));
one(".answered-toggle").addEventListener("click", (event) => {
  tab(one("#tab-chat"));
  onlyAnswered(/** @type {Element} */ (event.currentTarget).getAttribute("aria-pressed") !== "true");
});

const tabs = all("[role=tab]");
function tab(chosen) {
  for (const one of tabs) {
    one.setAttribute("aria-selected", String(one === chosen));
    one.tabIndex = one === chosen ? 0 : -1;
  }
  room.dataset.tab = chosen.id.slice("tab-".length);
  chat.toEnd();
  one(".lines").scrollTop = 1e6;
}
tabs.forEach((button, at) => {
  button.addEventListener("click", () => tab(button));
  button.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const to = tabs[(at + step + tabs.length) % tabs.length];
    tab(to);
    to.focus();
  });
});

// --- writing -------------------------------------------------------------------------------------

const sayBox = /** @type {HTMLInputElement} */ (one("#say"));
const nameBox = /** @type {HTMLInputElement} */ (one("#name"));
const nameForm = one(".name-form");
nameBox.value = recall("name");

function drawName() {
  put(one(".me"), initial(nameBox.value.trim() || t().guest));
}
function openName(open) {
  nameForm.hidden = !open;
  one(".me").setAttribute("aria-expanded", String(open));
  (open ? nameBox : sayBox).focus();
}
one(".me").addEventListener("click", () => openName(nameForm.hidden));
nameForm.addEventListener("keydown", (event) => event.key === "Escape" && openName(false));
nameForm.addEventListener("submit", (event) => {
  event.preventDefault();
  remember("name", nameBox.value.trim());
  drawName();
  openName(false);
});
one(".say-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = sayBox.value.trim();
  if (!text) return;
  const user = nameBox.value.trim();
  const ref = live.say(user, text);
  put(one(".complaint"), ref ? "" : t().awayShort);
  if (ref === null) return;
  chat.send(ref, user, text);
  sayBox.value = "";
  drawEmpty();
});

// --- begin ---------------------------------------------------------------------------------------

function speakAll(to) {
  speak(to);
  redrawSwitches();
  relabel();
}
function relabel() {
  chat.redraw();
  products.draw();
  draw();
}

fillIcons();
speak(firstLanguage(root.dataset.roomLanguage));
const redrawSwitches = switches(relabel);
root.dataset.captions = recall("captions") || "on";
const still = /** @type {HTMLImageElement} */ (one(".still"));
fetch(`/rooms/${encodeURIComponent(name)}/still`).then(async (answer) => {
  if (answer.status !== 200) return;
  still.src = URL.createObjectURL(await answer.blob());
  still.hidden = false;
}).catch(() => {});
shape(null);
matchMedia("(max-width: 1099px)").addEventListener("change", () => shape(seen.size));
draw();
void player.start();
const live = new Live(name, (event) => hear[event.event]?.(event));
window.setInterval(drawStatus, 2_000);
video.addEventListener("loadeddata", drawVeil);
