// One stream as its events tell it; views listen and are called once a frame of the display, however
// many events came.

import {TrackHistory} from "/page/track_history.js";

export const kChartSeconds = 300;
const kLogEntries = 300;

export function has_ended(state) {
  return state === "done" || state === "failed" || state === "stopped";
}

function gap_place({sequence, from, to}) {
  if (!Number.isFinite(from) || !Number.isFinite(to)) return "";
  if (sequence !== undefined) return ` at ${sequence}:${from + 1}`;
  return `, from ${from.toFixed(2)} to ${to.toFixed(2)} s`;
}

export class StreamModel {
  constructor(status) {
    this.status = status;
    this.tracks = new TrackHistory();
    this.stats = [];      // {at, rate, p50, p95, p99, memory, dropped, samples, records}, oldest first; each holds until the next
    this.skew = Infinity; // how much later than the daemon's this browser's clock is, in ms
    this.log = [];        // {kind, text, at}, newest first
    this.gaps = [];       // {reason, from, to}, in stream time
    this.features_heard = 0;
    this.sequences_heard = 0;
    this.size = status.width > 0 ? {width: status.width, height: status.height} : null;
    this.listeners = new Set();
    this.changed = new Set();
    this.scheduled = false;
    this.wall = null;     // when the event that is looked at was told
  }

  /** listener(changed): a set of "status", "tracks", "features", "sequences", "stats", "log", "gaps", "size". */
  listen(listener) {
    this.listeners.add(listener);
  }

  mark(...kinds) {
    for (const kind of kinds) this.changed.add(kind);
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => this.tell());
  }

  tell() {
    this.scheduled = false;
    const changed = this.changed;
    this.changed = new Set();
    for (const listener of this.listeners) listener(changed);
  }

  set_status(status) {
    this.status = status;
    if (!this.size && status.width > 0) this.size = {width: status.width, height: status.height};
    this.mark("status");
  }

  /** `type` and the parsed data of one event. */
  apply(type, data) {
    const wall = new Date(data.wall ?? NaN);
    this.wall = Number.isNaN(wall.getTime()) ? null : wall;
    this[`on_${type}`]?.(data);
  }

  write(kind, text) {
    this.log.unshift({kind, text, at: this.wall});
    if (this.log.length > kLogEntries) this.log.pop();
    this.mark("log");
  }

  /** The daemon's time; the newest of what is shown where the stream has ended. */
  now() {
    const last = this.stats.at(-1)?.at ?? NaN;
    return has_ended(this.status.state) ? last : Math.max(last, Date.now() - this.skew);
  }

  on_tracks(data) {
    this.tracks.add(data);
    this.mark("tracks");
  }

  on_size(data) {
    this.size = {width: data.width, height: data.height};
    this.mark("size");
  }

  on_feature() {
    ++this.features_heard;
    this.mark("features");
  }

  on_sequence() {
    ++this.sequences_heard;
    this.mark("sequences");
  }

  on_progress(data) {
    Object.assign(this.status, data);
    this.mark("status");
  }

  on_stats(data) {
    const {p50, p95, p99} = data.latency_ms ?? {};
    const {rate, samples, records, dropped} = data;
    const at = new Date(data.wall).getTime();
    this.skew = Math.min(this.skew, Date.now() - at);  // what is told again comes later still
    this.stats.push({at, rate, p50, p95, p99, memory: data.memory_bytes, dropped, samples, records});
    while (this.stats.length > 1 && this.stats[1].at < at - 1000 * kChartSeconds) this.stats.shift();
    Object.assign(this.status, {rate, samples, records, dropped, memory_bytes: data.memory_bytes,
      behind_seconds: data.behind_seconds ?? null});
    if (data.latency_ms) this.status.latency_ms = data.latency_ms;
    this.mark("stats", "status");
  }

  on_state(data) {
    const again = data.state === "retrying" && this.status.state === data.state;  // before each attempt
    this.status.state = data.state;
    this.status.next_attempt = data.next_attempt ?? null;
    const why = data.error ? `: ${data.error.message ?? data.error}` : "";
    if (!again) this.write(data.state === "failed" ? "error" : "state", data.state + why);
    this.mark("status");
  }

  on_gap(data) {
    this.gaps.push(data);
    if (this.gaps.length > kLogEntries) this.gaps.shift();
    this.write("gap", `${String(data.reason).replaceAll("_", " ")}${gap_place(data)}`);
    this.mark("gaps");
  }

  on_dropped(data) {
    this.status.dropped = data.total;
    this.write("dropped", `${data.count} dropped, ${data.total} in all`);
  }

  on_error(data) {
    this.status.error = data;
    this.write("error", `${data.message} (${data.code})`);
    this.mark("status");
  }

  on_skipped(data) {
    this.write("skipped", `${data.file}: ${data.message}`);
  }

  on_lost(data) {
    this.write("lost", data.count === null ? "the daemon began anew" : `${data.count} events are no longer held by the daemon`);
  }

  on_checkpoint(data) {
    this.write("checkpoint", `checkpoint at ${data.samples} samples`);
  }

  on_end(data) {
    this.status.state = data.state;
    this.write("state", `ended: ${data.state}, ${data.samples} samples, ${data.records} records, ${data.dropped} dropped`);
    this.mark("status");
  }
}
