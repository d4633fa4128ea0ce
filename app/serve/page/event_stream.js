// A stream's events, whatever the network does: read with fetch(), begun again after the last event
// seen (Last-Event-ID), with growing pauses and jitter, and where nothing came for longer than the
// server's keep-alive allows.

import {ApiError, request} from "/page/api.js";
import {SseParser} from "/page/sse_parser.js";

const kSilenceMs = 40000;  // the server says something every 15 s
const kFirstPauseMs = 500;
const kLongestPauseMs = 30000;

export class EventStream {
  /** on_event({id, type, data}); on_state(state, seconds): "connecting", "live", "waiting", "ended", "gone". */
  constructor(path, {after = 0, on_event, on_state}) {
    this.path = path;
    this.last = after;
    this.on_event = on_event;
    this.on_state = on_state;
    this.pause = kFirstPauseMs;
    this.stopped = false;
    this.hurry = () => this.wake?.();
    window.addEventListener("online", this.hurry);
    this.run();
  }

  stop() {
    this.stopped = true;
    window.removeEventListener("online", this.hurry);
    this.abort?.abort();
    this.wake?.();
  }

  async run() {
    while (!this.stopped) {
      this.on_state("connecting", 0);
      const end = await this.connect();
      if (this.stopped) return;
      if (end) {
        this.stopped = true;
        window.removeEventListener("online", this.hurry);
        this.on_state(end, 0);
        return;
      }
      const wait = this.pause * (0.75 + Math.random() / 2);
      this.pause = Math.min(this.pause * 2, kLongestPauseMs);
      this.on_state("waiting", wait / 1000);
      await new Promise((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, wait);
      });
    }
  }

  /** Reads until the connection ends; "ended" or "gone" where there is no use in another. */
  async connect() {
    this.abort = new AbortController();
    let ended = false;
    const parser = new SseParser((event) => {
      if (event.id !== "") this.last = Number(event.id);
      // A drained stream goes on after the restart, under the same numbers.
      if (event.type === "end") ended = !event.data.includes('"draining"');
      this.on_event(event);
    });
    let watchdog = 0;
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => this.abort.abort(), kSilenceMs);
    };
    try {
      alive();
      const headers = {Accept: "text/event-stream", "Last-Event-ID": String(this.last)};
      const response = await request(this.path, {headers, signal: this.abort.signal, cache: "no-store"});
      if (response.status === 204) return "ended";  // nothing comes after the last one seen
      this.on_state("live", 0);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const {done, value} = await reader.read();
        if (done) break;
        this.pause = kFirstPauseMs;
        alive();
        parser.push(value);
      }
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 410)) return "gone";
      if (error instanceof ApiError && error.retry_after) this.pause = error.retry_after * 1000;
    } finally {
      clearTimeout(watchdog);
    }
    return ended ? "ended" : null;
  }
}
