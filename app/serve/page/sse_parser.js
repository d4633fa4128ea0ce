// Server-Sent Events from chunks of text (WHATWG HTML, section 9.2.6). EventSource itself cannot send
// a token, so the stream is read with fetch().

export class SseParser {
  /** `on_event({id, type, data})` is called for each whole event. */
  constructor(on_event) {
    this.on_event = on_event;
    this.rest = "";
    this.id = "";
    this.clear();
  }

  clear() {
    this.type = "message";
    this.data = [];
  }

  push(text) {
    // Lines end with \n or \r\n; what follows the last one waits for the next chunk.
    const all = this.rest + text;
    let begin = 0;
    for (;;) {
      const end = all.indexOf("\n", begin);
      if (end < 0) break;
      this.line(all.slice(begin, all[end - 1] === "\r" ? end - 1 : end));
      begin = end + 1;
    }
    this.rest = all.slice(begin);
  }

  line(line) {
    if (line === "") {
      if (this.data.length) this.on_event({id: this.id, type: this.type, data: this.data.join("\n")});
      this.clear();
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;  // a comment: keep-alive
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.data.push(value);
    else if (field === "event") this.type = value;
    else if (field === "id") this.id = value;
  }
}
