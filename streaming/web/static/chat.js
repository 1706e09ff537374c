// Chat: what viewers wrote, what became of it, and the box to write in.
import { el, one, put } from "./dom.js";
import { icon } from "./icons.js";
import { clock, t } from "./words.js";

const KEPT = 200;
/** An answer in the air counts as given when nothing followed it for this long. */
const SPOKEN_MS = 25_000;

/** One character for a name: a Chinese nickname is told by its last one (小鹿, 小雨), others by their first.
 * @param {string} name */
export function initial(name) {
  const chars = Array.from(name);
  return /^\p{Script=Han}{2,3}$/u.test(name) ? chars[chars.length - 1] : chars[0].toUpperCase();
}

export class Chat {
  /** @param {HTMLElement} list @param {HTMLElement} more the “new messages” button @param {(n: number) => void} counted answers so far */
  constructor(list, more, counted) {
    this.list = list;
    this.more = more;
    this.counted = counted;
    /** @type {Map<string, {node: HTMLElement, said: any, answer: any}>} */
    this.items = new Map();
    /** @type {Map<string, {node: HTMLElement, text: string}>} */
    this.pending = new Map();
    /** @type {Set<string>} */
    this.mine = new Set();
    this.stick = true;
    list.addEventListener("scroll", () => {
      this.stick = list.scrollHeight - list.scrollTop - list.clientHeight < 48;
      if (this.stick) this.more.hidden = true;
    });
    more.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.stick && this.toEnd()).observe(list);
  }

  /** Start from the snapshot: a restarted room counts its messages from one again. @param {any[]} events its chat */
  all(events) {
    const known = new Set(events.map((event) => event.id));
    for (const { node } of this.items.values()) node.remove();
    this.items.clear();
    for (const id of this.mine) if (!known.has(id)) this.mine.delete(id);
    for (const event of events) event.event === "chat" ? this.say(event, false) : this.answer(event, false);
    this.toEnd();
  }

  /** A message; the same id never appears twice. @param {any} said */
  say(said, follow = true) {
    if (this.items.has(said.id)) return;
    const node = this.draw(said.user, said.text, said.wall);
    this.items.set(said.id, { node, said, answer: null });
    if (this.mine.has(said.id)) node.classList.add("mine");
    this.list.append(node);
    if (this.items.size > KEPT) {
      const oldest = this.items.keys().next().value;
      this.items.get(oldest)?.node.remove();
      this.items.delete(oldest);
    }
    if (follow) this.follow();
  }

  /** What became of a message. @param {any} answer */
  answer(answer, follow = true) {
    const item = this.items.get(answer.chat);
    if (!item) return;
    if (answer.status === "speaking") this.spoken();
    const age = Date.now() - new Date(answer.wall ?? Date.now()).getTime();
    item.answer = { ...answer, status: answer.status === "speaking" && !follow && age > SPOKEN_MS ? "spoken" : answer.status };
    this.drawAnswer(item);
    this.count();
    if (item.answer.status === "speaking") {
      window.setTimeout(() => item.answer?.status === "speaking" && this.spoken(), SPOKEN_MS);
    }
    if (follow) this.follow();
  }

  /** The host went on: what was being answered has been answered. */
  spoken() {
    for (const item of this.items.values()) {
      if (item.answer?.status === "speaking") {
        item.answer.status = "spoken";
        this.drawAnswer(item);
      }
    }
    this.count();
  }

  /** Our own message before the room has it. @param {string} ref @param {string} user @param {string} text */
  send(ref, user, text) {
    const node = this.draw(user, text, Date.now());
    node.classList.add("mine", "pending");
    one(".time", node).textContent = t().sending;
    this.list.append(node);
    this.pending.set(ref, { node, text });
    this.toEnd();
  }

  /** The room's word on it; `why` it was not taken, or "". @param {any} sent @returns {{why: string, text: string}} */
  sent(sent) {
    const waiting = this.pending.get(sent.ref);
    this.pending.delete(sent.ref);
    if (!waiting) return { why: "", text: "" };
    waiting.node.remove();
    if (!sent.accepted) {
      const why = { "slow-down": t().slowDown, empty: t().empty, away: t().awayShort }[sent.why] ?? `${t().notSent} ${sent.why}`;
      return { why, text: waiting.text };
    }
    this.mine.add(sent.id);
    const known = this.items.get(sent.id);
    if (known) known.node.classList.add("mine");
    else this.say({ id: sent.id, user: one(".who", waiting.node).textContent, text: waiting.text, wall: Date.now() });
    return { why: "", text: "" };
  }

  /** The line was lost: what was not confirmed was not sent. @returns {string[]} the texts */
  lost() {
    const texts = [...this.pending.values()].map((waiting) => {
      waiting.node.remove();
      return waiting.text;
    });
    this.pending.clear();
    return texts;
  }

  /** Say everything again in the other language. */
  redraw() {
    for (const item of this.items.values()) {
      put(one(".time", item.node), clock(item.said.wall));
      if (item.answer) this.drawAnswer(item);
    }
  }

  draw(user, text, wall) {
    const name = user || t().guest;
    return el("li", { class: "said" },
      el("span", { class: "face", "aria-hidden": "true", text: initial(name) }),
      el("div", { class: "body" },
        el("p", { class: "head" }, el("b", { class: "who", text: name, dir: "auto" }), el("span", { class: "time", text: clock(wall) })),
        el("p", { class: "text", text, dir: "auto" })));
  }

  drawAnswer(item) {
    const { status, text, wall } = item.answer;
    const time = clock(wall);
    const mark = { queued: "clock", spoken: "check", written: "check", refused: "minus" }[status];
    const words = { queued: t().queued, speaking: t().speaking, spoken: t().spoken, written: t().written, refused: t().refused }[status] ?? status;
    const head = el("p", { class: "verdict" }, mark ? icon(/** @type {any} */ (mark)) : el("span", { class: "dot", "aria-hidden": "true" }),
      el("span", { text: time && (status === "spoken" || status === "written") ? `${words} ${time}` : words }));
    const box = el("div", { class: `answer ${status}` }, head, text ? el("p", { text, dir: "auto" }) : null);
    one(".answer", item.node)?.remove();
    one(".body", item.node).append(box);
    item.node.classList.toggle("answered", status === "spoken" || status === "written" || status === "speaking");
    item.node.classList.toggle("onair", status === "speaking");
  }

  count() {
    this.counted([...this.items.values()].filter((item) => item.node.classList.contains("answered")).length);
  }

  follow() {
    if (this.stick) this.toEnd();
    else this.more.hidden = false;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
    this.stick = true;
    this.more.hidden = true;
  }
}
