// Sends a file of this browser into an upload stream. The browser reads it piece by piece.

import {request, sentence} from "/page/api.js";
import {element, notice, set_text} from "/page/dom.js";
import {bytes} from "/page/format.js";
import {has_ended} from "/page/stream_model.js";

const kTypes = {ts: "video/mp2t", m2ts: "video/mp2t", bam: "application/x-bam", fa: "text/x-fasta", fasta: "text/x-fasta",
  fna: "text/x-fasta", fq: "text/x-fastq", fastq: "text/x-fastq"};

/** What the daemon is told of a file; compressed sequence is recognised there by its content. */
export function content_type(name) {
  const plain = name.toLowerCase().replace(/\.(gz|bgz)$/, "");
  return kTypes[plain.split(".").at(-1)] ?? "application/octet-stream";
}

export class UploadPanel {
  constructor(model) {
    this.model = model;
    this.file = element("input", {type: "file", "aria-label": "File to send", on: {change: () => this.problem.say("")}});
    this.button = element("button", {type: "button", class: "primary", on: {click: () => this.send()}}, "Send");
    this.told = element("span", {class: "quiet", role: "status"});
    this.problem = notice();
    this.element = element("section", {class: "panel upload", "aria-label": "Upload"},
      element("header", {}, element("h2", {}, "Upload"), this.file, this.button, this.told), this.problem);
    model.listen((changed) => {
      if (changed.has("status")) this.element.hidden = has_ended(model.status.state);
    });
    this.element.hidden = has_ended(model.status.state);
  }

  async send() {
    const [file] = this.file.files;
    if (!file) {
      this.problem.say("Choose a file first.");
      return;
    }
    this.problem.say("");
    this.button.disabled = true;
    set_text(this.told, `sending ${bytes(file.size)}`);
    try {
      const response = await request(`/v1/streams/${encodeURIComponent(this.model.status.id)}/data`,
        {method: "POST", headers: {"Content-Type": content_type(file.name)}, body: file});
      const answer = await response.json();
      set_text(this.told, `${bytes(answer.bytes)} taken`);
    } catch (error) {
      set_text(this.told, "");
      this.problem.say(sentence(error));
    }
    this.button.disabled = false;
  }
}
