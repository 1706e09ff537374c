// A WHEP player: one POST with an offer, one answer, then the picture; reconnects by itself.
import { Backoff } from "./backoff.js";

const STALLED_MS = 6_000;

/** @typedef {"connecting"|"live"|"retrying"|"novideo"|"blocked"|"stopped"} PlayerState */

export class Player {
  /**
   * @param {HTMLVideoElement} video
   * @param {string} url the WHEP endpoint
   * @param {(state: PlayerState) => void} tell
   * @param {{sound?: boolean}} [options] without sound no audio is asked for
   */
  constructor(video, url, tell, options = {}) {
    this.video = video;
    this.url = url;
    this.tell = tell;
    this.sound = options.sound ?? true;
    this.backoff = new Backoff(1_000, 15_000);
    /** Seconds between the wire and the screen, null when unknown. @type {number|null} */
    this.delayS = null;
    /** @type {RTCPeerConnection|null} */
    this.peer = null;
    /** @type {string|null} */
    this.session = null;
    this.frames = 0;
    this.movedAt = 0;
    this.watch = 0;
    video.addEventListener("playing", () => this.peer && this.frames === 0 && this.tell("live"));
    addEventListener("pagehide", () => this.stop());
    addEventListener("pageshow", (event) => event.persisted && this.start());
  }

  async start() {
    this.hangUp();
    if (!("RTCPeerConnection" in window)) return this.tell("novideo");
    this.tell("connecting");
    const peer = new RTCPeerConnection();
    this.peer = peer;
    try {
      peer.addTransceiver("video", { direction: "recvonly" });
      if (this.sound) peer.addTransceiver("audio", { direction: "recvonly" });
      const stream = new MediaStream();
      peer.ontrack = (event) => stream.addTrack(event.track);
      peer.onconnectionstatechange = () => this.peer === peer && this.changed(peer);
      const offer = await peer.createOffer();
      // Without this Chromium plays Opus as one channel, and the music is in two.
      const inStereo = (offer.sdp ?? "").replace("useinbandfec=1", "useinbandfec=1;stereo=1");
      await peer.setLocalDescription({ type: "offer", sdp: inStereo });
      await gathered(peer, 1_000);
      const answer = await fetch(this.url, {
        method: "POST",
        headers: { "Content-Type": "application/sdp" },
        body: peer.localDescription?.sdp,
        signal: AbortSignal.timeout(15_000),
      });
      if (!answer.ok) throw Object.assign(new Error(`WHEP ${answer.status}`), { refused: true });
      this.session = answer.headers.get("Location");
      const sdp = await answer.text();
      if (this.peer !== peer) return this.bye();
      await peer.setRemoteDescription({ type: "answer", sdp });
      this.video.srcObject = stream;
      this.frames = 0;
      this.movedAt = performance.now();
      this.watch = window.setInterval(() => this.look(peer), 1_000);
      await this.play();
    } catch (error) {
      if (this.peer !== peer) return;
      this.again(error?.refused ? "novideo" : "retrying");
    }
  }

  /** Start the picture; browsers may refuse even muted video until a click. */
  async play() {
    try {
      await this.video.play();
    } catch (error) {
      if (error?.name === "NotAllowedError") this.tell("blocked");
    }
  }

  stop() {
    this.backoff.reset();
    this.hangUp();
    this.tell("stopped");
  }

  /** The room is back: do not wait for the next try. */
  nudge() {
    if (this.peer === null) {
      this.backoff.reset();
      void this.start();
    }
  }

  /** @param {RTCPeerConnection} peer */
  changed(peer) {
    if (peer.connectionState === "failed" || peer.connectionState === "closed") this.again("retrying");
  }

  /** Once a second: has the picture moved, and how far behind is it? @param {RTCPeerConnection} peer */
  async look(peer) {
    const stats = await peer.getStats();
    if (this.peer !== peer) return;
    let decoded = 0;
    let bufferS = null;
    let roundS = 0;
    for (const report of stats.values()) {
      if (report.type === "inbound-rtp" && report.kind === "video") {
        decoded = report.framesDecoded ?? 0;
        if (report.jitterBufferEmittedCount > 0) bufferS = report.jitterBufferDelay / report.jitterBufferEmittedCount;
      }
      if (report.type === "candidate-pair" && report.nominated) roundS = report.currentRoundTripTime ?? 0;
    }
    if (decoded > this.frames || this.video.paused || document.hidden) {
      if (decoded > this.frames && this.frames === 0) {
        this.backoff.reset();
        this.tell("live");
      }
      this.frames = decoded;
      this.movedAt = performance.now();
    }
    this.delayS = bufferS === null ? null : bufferS + roundS / 2;
    if (performance.now() - this.movedAt > STALLED_MS) this.again("retrying");
  }

  /** @param {PlayerState} state */
  again(state) {
    this.hangUp();
    this.tell(state);
    this.backoff.wait(() => void this.start());
  }

  hangUp() {
    clearInterval(this.watch);
    this.delayS = null;
    const peer = this.peer;
    this.peer = null;
    peer?.close();
    this.bye();
  }

  bye() {
    if (this.session === null) return;
    fetch(this.session, { method: "DELETE", keepalive: true }).catch(() => {});
    this.session = null;
  }
}

/** Resolve when every address is known, or after `mostMs`. @param {RTCPeerConnection} peer @param {number} mostMs */
function gathered(peer, mostMs) {
  return new Promise((resolve) => {
    if (peer.iceGatheringState === "complete") return resolve(undefined);
    peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && resolve(undefined));
    window.setTimeout(resolve, mostMs);
  });
}
