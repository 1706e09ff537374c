// Live captions: the sentence in the air, the word being said in light.
import { el, put } from "./dom.js";

const KEPT = 30;
/** A word stays lit over a pause shorter than this. */
const PAUSE_S = 0.3;

/**
 * Cut a line at the word in the air. Pure. Positions count characters, not UTF-16 units.
 * @param {string[]} chars the characters of the line
 * @param {number[][]} words `[start_s, end_s, char_start, char_end]`, in order
 * @param {number} atS seconds since the line began
 * @returns {{said: string, lit: string, rest: string, nextS: number|null}} and when that changes
 */
export function cut(chars, words, atS) {
  let at = -1;
  while (at + 1 < words.length && words[at + 1][0] <= atS) at++;
  const until = (/** @type {number} */ index) => {
    const following = words[index + 1]?.[0];
    return following !== undefined && following - words[index][1] < PAUSE_S ? following : words[index][1];
  };
  const join = (/** @type {number} */ from, /** @type {number} */ to) => chars.slice(from, to).join("");
  if (at < 0) return { said: "", lit: "", rest: chars.join(""), nextS: words[0]?.[0] ?? null };
  const [, , from, to] = words[at];
  if (atS < until(at)) return { said: join(0, from), lit: join(from, to), rest: join(to, chars.length), nextS: until(at) };
  // Closing punctuation belongs to what was said.
  const next = words[at + 1];
  const end = next ? next[2] : chars.length;
  return { said: join(0, end), lit: "", rest: join(end, chars.length), nextS: next?.[0] ?? null };
}

export class Captions {
  /** @param {HTMLElement} list @param {HTMLElement} spoken the screen reader's line @param {() => number} delayS */
  constructor(list, spoken, delayS) {
    this.list = list;
    this.spoken = spoken;
    this.delayS = delayS;
    this.timer = 0;
    this.lastId = "";
  }

  /** A line begins, or began `sinceS` ago. @param {any} line @param {number} [sinceS] */
  show(line, sinceS = 0) {
    const id = `${line?.id} ${line?.text}`; // a restarted room may count from one again
    if (!line || id === this.lastId) return;
    this.lastId = id;
    clearTimeout(this.timer);
    const begunAt = performance.now() + (this.delayS() - sinceS) * 1000;
    this.timer = window.setTimeout(() => this.begin(line, begunAt), Math.max(0, begunAt - performance.now()));
  }

  /** @param {any} line @param {number} begunAt */
  begin(line, begunAt) {
    this.finish?.();
    const chars = Array.from(String(line.text ?? ""));
    const words = Array.isArray(line.words) ? line.words : [];
    const said = el("span", { class: "said" });
    const lit = el("span", { class: "lit" });
    const rest = el("span", { class: "rest" });
    const item = el("li", { class: "now", lang: line.language, "aria-hidden": "true" }, said, lit, rest);
    this.list.append(item);
    while (this.list.children.length > KEPT) this.list.firstElementChild?.remove();
    this.list.scrollTop = this.list.scrollHeight;
    this.spoken.lang = line.language ?? "";
    put(this.spoken, String(line.text ?? ""));
    this.finish = () => {
      item.className = "";
      item.replaceChildren(chars.join(""));
    };
    const tick = () => {
      const parts = words.length ? cut(chars, words, (performance.now() - begunAt) / 1000) : { said: chars.join(""), lit: "", rest: "", nextS: null };
      put(said, parts.said);
      put(lit, parts.lit);
      put(rest, parts.rest);
      if (parts.nextS !== null) this.timer = window.setTimeout(tick, Math.max(10, begunAt + parts.nextS * 1000 - performance.now()));
    };
    tick();
  }
}
