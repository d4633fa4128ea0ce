// One batch job: what it was asked, how it goes, what it says, what came of it.

import {send_json, sentence} from "/page/api.js";
import {element, notice, set_text} from "/page/dom.js";
import {EventStream} from "/page/event_stream.js";
import {bytes, duration, last_part, whole} from "/page/format.js";
import {ask} from "/page/question.js";
import {has_ended} from "/page/stream_model.js";

const kLines = 300;

export class JobPage {
  constructor(job, directory, {on_forgotten}) {
    this.id = job.id;
    this.on_forgotten = on_forgotten;
    this.title = element("h1", {});
    this.state = element("span", {class: "state", "data-role": "state"});
    this.button = element("button", {type: "button", class: "danger", on: {click: () => this.stop()}}, "Stop");
    this.problem = notice();
    this.progress = element("progress", {max: 1, "aria-label": "Progress"});
    this.facts = element("dl", {class: "facts-list"});
    this.said = element("ol", {class: "said", role: "log", tabindex: "0", "aria-label": "What the job says"});
    this.element = element("div", {class: "page"},
      element("div", {class: "title"}, this.title, this.state, element("span", {class: "grow"}), this.button),
      this.problem, element("section", {class: "panel"}, this.progress, this.facts),
      element("section", {class: "panel"}, element("header", {}, element("h2", {}, "What it says")), this.said));
    this.show(job);
    this.events = new EventStream(`/v1/jobs/${encodeURIComponent(job.id)}/events`,
      {on_event: (event) => this.take(event), on_state: () => {}});
    this.end = directory.listen(() => {
      const now = directory.jobs.find(({id}) => id === this.id);
      if (now) this.show(now);
    });
  }

  close() {
    this.end();
    this.events.stop();
  }

  take({type, data}) {
    if (type !== "log") return;
    this.said.append(element("li", {}, String(JSON.parse(data).text ?? "")));
    if (this.said.childElementCount > kLines) this.said.firstChild.remove();
  }

  show(job) {
    this.job = job;
    const over = has_ended(job.state);
    set_text(this.title, `${job.command}: ${(job.inputs ?? []).map(last_part).join(", ")}`);
    set_text(this.state, job.state);
    this.state.className = `state ${job.state}`;
    set_text(this.button, over ? "Forget" : "Stop");
    this.progress.hidden = over;
    if (Number.isFinite(job.progress)) this.progress.value = job.progress;
    else this.progress.removeAttribute("value");
    this.problem.say(job.error ? job.error.message : "");
    const read = job.done > 0 ? bytes(job.done) + (job.total > 0 ? ` of ${bytes(job.total)}` : "") : null;
    const rows = [["id", job.id], ["inputs", (job.inputs ?? []).join(", ")], ["output", job.output], ["formats", (job.formats ?? []).join(", ")],
      ["running for", Number.isFinite(job.seconds) ? duration(job.seconds) : null],
      ["submitted", job.submitted], ["read", read], ["written", job.items > 0 ? whole(job.items) : null],
      ["gone on after an interruption", job.resumes > 0 ? `${job.resumes} times` : null], ["exit code", job.exit_code],
      ["options", Object.keys(job.options ?? {}).length ? JSON.stringify(job.options) : null]]
      .filter(([, value]) => value !== null && value !== undefined && value !== "");
    if (this.shown === rows.join("\n")) return;  // what is selected to be copied stays so
    this.shown = rows.join("\n");
    this.facts.replaceChildren(...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
  }

  async stop() {
    const over = has_ended(this.job.state);
    if (!over && !await ask("Stop this job?", "Its outputs keep the name NAME.partial.", "Stop")) return;
    try {
      if (over) this.close();  // what still asks for it would be told that it is not there
      await send_json("DELETE", `/v1/jobs/${encodeURIComponent(this.id)}`);
      if (over) this.on_forgotten();
    } catch (error) {
      this.problem.say(sentence(error));
    }
  }
}
