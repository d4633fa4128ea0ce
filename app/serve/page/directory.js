// What the daemon has: its facts, streams and jobs, asked for every two seconds while somebody looks.

import {ApiError, get_json, sentence} from "/page/api.js";

const kEveryMs = 2000;
const kInfoEvery = 5;  // of those
const kHistory = 60;   // rates kept for the list's small lines

export class Directory {
  constructor() {
    this.info = null;
    this.streams = [];
    this.jobs = [];
    this.rates = new Map();     // stream id -> recent rates
    this.connection = "connecting";  // "connected", "away", "token"
    this.problem = "";
    this.listeners = new Set();
    this.round = 0;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.ask_now();
    });
    this.loop();
  }

  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stream(id) {
    return this.streams.find((stream) => stream.id === id);
  }

  ask_now() {
    this.round = 0;
    this.wake?.();
  }

  async loop() {
    for (;;) {
      if (!document.hidden) await this.ask();
      await new Promise((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, kEveryMs);
      });
    }
  }

  async ask() {
    try {
      const info = this.round++ % kInfoEvery === 0 ? get_json("/v1/info") : this.info;
      const [streams, jobs, facts] = await Promise.all([get_json("/v1/streams"), get_json("/v1/jobs"), info]);
      this.streams = streams.streams;
      this.jobs = jobs.jobs;
      this.info = facts;
      this.connection = "connected";
      this.problem = "";
      this.remember_rates();
    } catch (error) {
      this.round = 0;
      this.connection = error instanceof ApiError ? (error.status === 401 ? "token" : "trouble") : "away";
      this.problem = sentence(error);
    }
    for (const listener of this.listeners) listener();
  }

  remember_rates() {
    const ids = new Set(this.streams.map(({id}) => id));
    for (const id of this.rates.keys()) {
      if (!ids.has(id)) this.rates.delete(id);
    }
    for (const {id, rate} of this.streams) {
      const kept = this.rates.get(id) ?? [];
      kept.push(rate);
      if (kept.length > kHistory) kept.shift();
      this.rates.set(id, kept);
    }
  }
}
