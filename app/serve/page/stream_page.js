// One stream: its events into the model, the model into panels.

import {ChartsPanel} from "/page/charts_panel.js";
import {element} from "/page/dom.js";
import {EventStream} from "/page/event_stream.js";
import {GenomePanel} from "/page/genome_panel.js";
import {LogPanel} from "/page/log_panel.js";
import {Selection} from "/page/selection.js";
import {StreamHeader} from "/page/stream_header.js";
import {StreamModel} from "/page/stream_model.js";
import {TimelinePanel} from "/page/timeline_panel.js";
import {UploadPanel} from "/page/upload_panel.js";
import {VideoPanel} from "/page/video_panel.js";

// Five minutes at 30 events a second; more would only fill what is no longer shown.
const kReplay = 9000;

export class StreamPage {
  /** on_replaced(): the daemon was started anew, and this is another stream of the same name. */
  constructor(status, directory, {on_forgotten, on_replaced}) {
    this.model = new StreamModel({...status});
    this.header = new StreamHeader(this.model, {before_forgetting: () => this.close(), on_forgotten});
    this.panels = this.make_panels(status);
    this.element = element("div", {class: "page"}, this.header.element,
      element("div", {class: `panels ${status.kind}`}, ...this.panels.map((panel) => panel.element)));
    this.end_directory = directory.listen(() => {
      const now = directory.stream(status.id);
      if (now && now.started !== status.started) on_replaced();
      else if (now) this.model.set_status({...now});
    });
    this.events = new EventStream(`/v1/streams/${encodeURIComponent(status.id)}/events`, {
      after: Math.max((status.last_event ?? 0) - kReplay, 0),
      on_event: (event) => this.take(event),
      on_state: (state, seconds) => this.header.show_link(state, seconds),
    });
  }

  make_panels(status) {
    const panels = status.input === "upload" ? [new UploadPanel(this.model)] : [];
    if (status.kind === "video") {
      const selection = new Selection();
      panels.push(new VideoPanel(this.model, selection), new TimelinePanel(this.model, selection));
    } else {
      panels.push(new GenomePanel(this.model));
    }
    panels.push(new ChartsPanel(this.model), new LogPanel(this.model));
    return panels;
  }

  take({type, data}) {
    let parsed;
    try {
      parsed = JSON.parse(data);
    } catch {
      this.model.write("error", `an event of type ${type} is not JSON`);
      return;
    }
    this.model.apply(type, parsed);
  }

  close() {
    this.end_directory();
    this.events.stop();
    for (const panel of this.panels) panel.close?.();
  }
}
