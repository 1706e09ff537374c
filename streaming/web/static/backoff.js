// How long to wait before the next try: longer each time, never all viewers at once.

export class Backoff {
  /** @param {number} firstMs @param {number} mostMs */
  constructor(firstMs, mostMs) {
    this.firstMs = firstMs;
    this.mostMs = mostMs;
    this.tries = 0;
    /** @type {number|undefined} */
    this.timer = undefined;
  }

  /** Call `again` after the next wait (half of it is random). @param {() => void} again */
  wait(again) {
    const fullMs = Math.min(this.mostMs, this.firstMs * 2 ** this.tries++);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(again, fullMs / 2 + (Math.random() * fullMs) / 2);
  }

  /** It worked: start small next time. */
  reset() {
    this.tries = 0;
    clearTimeout(this.timer);
  }
}
