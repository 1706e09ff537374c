// The live socket: events in, chat out; comes back by itself.
import { Backoff } from "./backoff.js";

/** A socket that says nothing for this long is dead, even when nobody told us (the room speaks often). */
const SILENT_MS = 90_000;

export class Live {
  /** @param {string} room @param {(event: any) => void} hear called with every event; `{event: "away"}` when the line is lost */
  constructor(room, hear) {
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/rooms/${encodeURIComponent(room)}/live`;
    this.hear = hear;
    this.backoff = new Backoff(500, 10_000);
    /** @type {WebSocket|null} */
    this.socket = null;
    this.heardAt = 0;
    this.refs = 0;
    this.connect();
    window.setInterval(() => {
      if (this.socket && performance.now() - this.heardAt > SILENT_MS) this.socket.close();
    }, 15_000);
    window.addEventListener("online", () => this.socket ?? this.connect());
  }

  connect() {
    clearTimeout(this.backoff.timer);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.heardAt = performance.now();
    socket.onmessage = (message) => {
      this.heardAt = performance.now();
      this.backoff.reset();
      this.hear(JSON.parse(message.data));
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.hear({ event: "away" });
      this.backoff.wait(() => this.connect());
    };
  }

  /** Say something; the answer is a `sent` event with the same ref.
   * @param {string} user @param {string} text @returns {string|null} the ref, or null when the line is down */
  say(user, text) {
    if (this.socket?.readyState !== WebSocket.OPEN) return null;
    const ref = `r${++this.refs}`;
    this.socket.send(JSON.stringify({ event: "say", user, text, ref }));
    return ref;
  }
}
