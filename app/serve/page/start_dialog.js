// The form that starts a stream or a job.

import {send_json, sentence} from "/page/api.js";
import {announce, element, notice} from "/page/dom.js";
import {parse_options} from "/page/options_text.js";

const kTasks = {
  stream: {video: ["tracks"], genome: ["genes", "repeats"]},
  job: {video: ["tracks"], genome: ["genes", "repeats", "motifs"]},  // its options name the patterns
};
const kOptionHints = {video: "assoc = byte", genome: "min-length = 90"};
const kSources = {
  address: {label: "file or address", hint: {video: "/data/match.mp4, rtsp://camera/1, https://host/clip.mp4", genome: "/data/genome.fa, reads.bam"}},
  camera: {label: "camera", hint: {video: "0"}, prefix: "device:"},
  folder: {label: "watched folder", hint: {genome: "/data/run-17/fastq_pass"}, prefix: "watch:"},
  upload: {label: "upload", hint: {}},
};

function field(label, control, help) {
  return element("label", {class: "field"}, element("span", {}, label), control,
    help ? element("small", {class: "quiet"}, help) : null);
}

function choice(names, labels = names) {
  return element("select", {}, ...names.map((name, i) => element("option", {value: name}, labels[i])));
}

export class StartDialog {
  /** on_started(address): where the new stream or job is shown. */
  constructor(on_started) {
    this.on_started = on_started;
    this.what = choice(["stream", "job"], ["live stream", "batch job"]);
    this.kind = choice(["video", "genome"]);
    this.source = choice(Object.keys(kSources), Object.values(kSources).map(({label}) => label));
    this.input = element("input", {type: "text", name: "input", autocomplete: "off", spellcheck: "false"});
    this.task = choice(kTasks.stream.video);
    this.name = element("input", {type: "text", autocomplete: "off"});
    this.policy = choice(["auto", "block", "drop_oldest"], ["auto", "block: lose nothing", "drop oldest: stay live"]);
    this.priority = element("input", {type: "number", value: "0", step: "1"});
    this.budget = element("input", {type: "number", value: "512", min: "16", step: "16"});
    this.output = element("input", {type: "text", autocomplete: "off", placeholder: "results/"});
    this.formats = element("input", {type: "text", autocomplete: "off", placeholder: "gff3, faa"});
    this.options = element("textarea", {rows: "3", spellcheck: "false"});
    this.problem = notice();
    this.start_button = element("button", {type: "submit", class: "primary"}, "Start");
    this.build();
    for (const control of [this.what, this.kind, this.source]) control.addEventListener("change", () => this.fit());
    this.fit();
  }

  build() {
    this.input_field = field("Input", this.input);
    this.only_stream = [field("From", this.source), field("When too slow", this.policy),
      field("Name", this.name, "for people; may be left out"), field("Priority", this.priority),
      field("Memory budget, MiB", this.budget)];
    this.only_job = [field("Output", this.output, "a file, or a folder for several formats"), field("Formats", this.formats)];
    this.dialog = element("dialog", {class: "start", "aria-labelledby": "start-title"},
      element("form", {on: {submit: (event) => this.submit(event)}},
        element("h2", {id: "start-title"}, "Start"),
        element("div", {class: "fields"}, field("What", this.what), field("Kind", this.kind), this.only_stream[0],
          this.input_field, field("Task", this.task), this.only_stream[1], ...this.only_job),
        element("details", {}, element("summary", {}, "More"),
          element("div", {class: "fields"}, ...this.only_stream.slice(2)),
          field("Options, one a line, as of heddle video and heddle genome", this.options)),
        this.problem,
        element("div", {class: "buttons"},
          element("button", {type: "button", on: {click: () => this.dialog.close()}}, "Cancel"), this.start_button)));
    document.body.append(this.dialog);
  }

  open() {
    this.problem.say("");
    if (!this.dialog.open) this.dialog.showModal();
    this.input.focus();
  }

  /** Shows what the chosen kind and source need. */
  fit() {
    const job = this.what.value === "job";
    const kind = this.kind.value;
    const tasks = kTasks[this.what.value][kind];
    if (this.task.dataset.names !== String(tasks)) {
      this.task.dataset.names = String(tasks);
      this.task.replaceChildren(...tasks.map((name) => element("option", {value: name}, name)));
    }
    for (const option of this.source.options) option.disabled = option.value === (kind === "video" ? "folder" : "camera");
    if (this.source.selectedOptions[0].disabled) this.source.value = "address";
    for (const each of this.only_stream) each.hidden = job;
    for (const each of this.only_job) each.hidden = !job;
    const source = kSources[job ? "address" : this.source.value];
    this.input_field.hidden = !job && this.source.value === "upload";
    this.input.placeholder = source.hint[kind] ?? "";
    this.options.placeholder = kOptionHints[kind];
    this.input_field.firstChild.textContent = job ? "Inputs, separated by commas" : "Input";
  }

  stream_request() {
    const source = kSources[this.source.value];
    const upload = this.source.value === "upload";
    const input = this.input.value.trim();
    if (!upload && !input) throw new Error("Say what to read: a file, an address, a device or a folder.");
    return {
      kind: this.kind.value, task: this.task.value, input: upload ? "upload" : (source.prefix ?? "") + input,
      ...(this.name.value.trim() && {name: this.name.value.trim()}),
      policy: this.policy.value, priority: Number(this.priority.value),
      memory_budget: Number(this.budget.value) * 1048576, options: parse_options(this.options.value),
    };
  }

  job_request() {
    const list = (text) => text.split(",").map((each) => each.trim()).filter(Boolean);
    const inputs = list(this.input.value);
    if (!inputs.length) throw new Error("Say what to read.");
    if (!this.output.value.trim()) throw new Error("Say where the output goes.");
    const options = parse_options(this.options.value);
    if (this.kind.value === "genome") options.task = this.task.value;
    return {command: this.kind.value, inputs, output: this.output.value.trim(),
      ...(this.formats.value.trim() && {formats: list(this.formats.value)}), options};
  }

  async submit(event) {
    event.preventDefault();
    this.problem.say("");
    this.start_button.disabled = true;
    try {
      const job = this.what.value === "job";
      const path = job ? "jobs" : "streams";
      const made = await send_json("POST", `/v1/${path}`, job ? this.job_request() : this.stream_request());
      this.dialog.close();
      announce(`${path === "jobs" ? "job" : "stream"} ${made.id} started`);
      this.on_started(`#/${path}/${encodeURIComponent(made.id)}`);
    } catch (error) {
      this.problem.say(sentence(error));
    }
    this.start_button.disabled = false;
  }
}
