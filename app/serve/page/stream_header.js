// A stream's name, state and figures, and what can be done to it.

import {send_json, sentence} from "/page/api.js";
import {announce, element, notice, set_text} from "/page/dom.js";
import {bytes, duration, milliseconds, name_of, rate, short, whole} from "/page/format.js";
import {has_ended} from "/page/stream_model.js";
import {ask} from "/page/question.js";

/** "retrying in 12 s"; other states are their names. */
export function state_text({state, next_attempt}) {
  if (state !== "retrying" || !next_attempt) return state;
  const seconds = Math.ceil((new Date(next_attempt) - Date.now()) / 1000);
  return seconds > 0 ? `retrying in ${seconds} s` : "retrying now";
}

/** What the policy came to, once the input is open. */
function policy_text({policy, drops}) {
  if (typeof drops !== "boolean") return `policy ${policy}`;
  return `policy ${policy}: ${drops ? "drops frames when behind" : "loses nothing"}`;
}

export class StreamHeader {
  /** before_forgetting() and on_forgotten(): the stream is about to be no more, and is. */
  constructor(model, {before_forgetting, on_forgotten}) {
    this.model = model;
    this.before_forgetting = before_forgetting;
    this.on_forgotten = on_forgotten;
    this.title = element("h1", {});
    this.state = element("span", {class: "state", "data-role": "state"});
    this.link = element("span", {class: "quiet", role: "status"});
    this.input = element("p", {class: "input quiet"});
    this.stop_button = element("button", {type: "button", class: "danger", "data-role": "stop", on: {click: () => this.stop()}}, "Stop");
    this.checkpoint_button = element("button", {type: "button", on: {click: () => this.checkpoint()}}, "Checkpoint");
    this.trouble = notice();  // the stream's own
    this.problem = notice();  // of what was asked here
    this.figures = element("dl", {class: "tiles"});
    this.values = new Map();
    this.element = element("div", {class: "stream-header"},
      element("div", {class: "title"}, this.title, this.state, this.link, element("span", {class: "grow"}),
        this.checkpoint_button, this.stop_button),
      this.input, this.trouble, this.problem, this.figures);
    model.listen((changed) => {
      if (changed.has("status")) this.update();
    });
    this.update();
  }

  show_link(state, seconds) {
    const texts = {connecting: "connecting", live: "", waiting: `events again in ${Math.ceil(seconds)} s`, ended: "", gone: "forgotten"};
    set_text(this.link, texts[state]);
  }

  figure(name, text, bad = false) {
    let value = this.values.get(name);
    if (!value) {
      value = element("dd", {});
      this.values.set(name, value);
      this.figures.append(element("div", {class: "tile"}, element("dt", {}, name), value));
    }
    set_text(value, text);
    value.classList.toggle("bad", bad);
  }

  update() {
    const {status} = this.model;
    const over = has_ended(status.state);
    set_text(this.title, name_of(status));
    set_text(this.state, state_text(status));
    this.state.className = `state ${status.state}`;
    set_text(this.input, [status.id, status.input, `${status.kind} · ${status.task}`, policy_text(status),
      status.priority ? `priority ${status.priority}` : ""].filter(Boolean).join(" · "));
    set_text(this.stop_button, over ? "Forget" : "Stop");
    this.checkpoint_button.hidden = over;
    // Once it runs again its last error is history, and in the list of errors below.
    this.trouble.say(status.error && status.state !== "running" ? status.error.message : "");
    this.update_figures(status);
  }

  update_figures(status) {
    const video = status.kind === "video";
    const share = `${Math.round((100 * status.memory_bytes) / status.memory_budget)}\u00a0%`;
    // Of what has ended: over all of its time.
    const pace = has_ended(status.state) ? status.samples / status.seconds : status.rate;
    this.figure("rate", rate(pace, status.kind));
    this.figure("latency p95", milliseconds(status.latency_ms?.p95));
    this.figure(video ? "frames" : "bases", short(status.samples));
    this.figure(video ? "boxes" : "features", short(status.records));
    this.figure("dropped", short(status.dropped), status.dropped > 0);
    if (Number.isFinite(status.behind_seconds)) {
      this.figure("behind its pace", `${status.behind_seconds.toFixed(1)} s`, status.behind_seconds > 1);
    }
    this.figure("gaps", whole(status.gaps), status.gaps > 0);
    this.figure("memory", `${bytes(status.memory_bytes)}, ${share}`,
      status.memory_bytes > 0.9 * status.memory_budget);
    this.figure("running for", duration(status.seconds));
    if (!video && status.sequence) {
      const read = status.length > 0 ? ` (${Math.floor((100 * status.position) / status.length)}\u00a0%)` : "";
      this.figure("in work", has_ended(status.state) ? "–" : `${status.sequence}${read}`);
    }
    if (Number.isFinite(status.checkpoint_age)) this.figure("checkpoint", `${duration(status.checkpoint_age)} ago`);
  }

  async stop() {
    const over = has_ended(this.model.status.state);
    const name = name_of(this.model.status);
    const sure = over || await ask(`Stop ${name}?`, "Reading ends; what is already inside still becomes events.", "Stop");
    if (!sure) return;
    if (over) this.before_forgetting();  // what still asks for it would be told that it is not there
    await this.act("DELETE", "", over ? "forgotten" : "stopping");
    if (over && !this.problem.textContent) this.on_forgotten();
  }

  async checkpoint() {
    await this.act("POST", "/checkpoint", "checkpoint asked for");
  }

  async act(method, what, done) {
    this.problem.say("");
    try {
      await send_json(method, `/v1/streams/${encodeURIComponent(this.model.status.id)}${what}`);
      announce(done);
    } catch (error) {
      this.problem.say(sentence(error));
    }
  }
}
