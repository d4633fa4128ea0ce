// The list of streams and jobs beside every view. Rows are kept and changed in place, so that neither
// focus nor a finger loses its target when the list is asked for again.

import {element, set_text} from "/page/dom.js";
import {last_part, name_of, rate, short} from "/page/format.js";
import {has_ended} from "/page/stream_model.js";

const kSvg = "http://www.w3.org/2000/svg";

function sparkline() {
  const svg = document.createElementNS(kSvg, "svg");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", "0 0 60 16");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(kSvg, "polyline");
  svg.append(line);
  svg.set_values = (values) => {
    const most = Math.max(...values, 1e-9);
    const flat = Math.min(...values) > 0.95 * most;  // a bar says no more than the rate beside it
    svg.style.visibility = values.length < 5 || flat ? "hidden" : "visible";  // fewer are no line
    const from = 60 - values.length;
    line.setAttribute("points", values.map((value, i) => `${from + i},${15 - (value / most) * 14}`).join(" "));
  };
  return svg;
}

class Row {
  constructor(kind, id) {
    this.kind = kind;
    this.name = element("span", {class: "name"});
    this.state = element("span", {class: "state"});
    this.facts = element("span", {class: "facts"});
    this.drops = element("span", {class: "drops", hidden: true});
    this.error = element("span", {class: "trouble", hidden: true});
    this.spark = kind === "streams" ? sparkline() : null;
    this.link = element("a", {href: `#/${kind}/${encodeURIComponent(id)}`},
      element("span", {class: "first"}, this.name, this.state),
      element("span", {class: "second"}, this.facts, this.spark), this.drops, this.error);
    this.element = element("li", {}, this.link);
  }

  show_state(state) {
    set_text(this.state, state);
    this.state.className = `state ${state}`;
  }

  show_error(error) {
    this.error.hidden = !error;
    set_text(this.error, error?.message ?? "");
  }

  show_stream(status, rates) {
    set_text(this.name, name_of(status));
    this.link.title = status.input;
    this.show_state(status.state);
    this.drops.hidden = !status.dropped;
    set_text(this.drops, `${short(status.dropped)} dropped`);
    const units = status.kind === "video" ? "frames" : "bases";
    const pace = has_ended(status.state) ? `${short(status.samples)} ${units}` : rate(status.rate, status.kind);
    set_text(this.facts, `${status.kind} · ${pace}`);
    this.spark.set_values(rates ?? []);
    this.show_error(status.state === "running" ? null : status.error);
  }

  show_job(job) {
    set_text(this.name, (job.inputs ?? []).map(last_part).join(", ") || job.id);
    this.show_state(job.state);
    set_text(this.facts, `${job.command} · ${job.output ?? ""}`);
    this.show_error(job.error);
  }
}

export class ListView {
  constructor(place, directory) {
    this.directory = directory;
    this.rows = new Map();
    this.streams = element("ul", {class: "rows"});
    this.jobs = element("ul", {class: "rows"});
    this.no_streams = element("p", {class: "quiet"}, "No stream yet. Press n to start one.");
    this.jobs_heading = element("h2", {}, "Jobs");
    place.append(element("h2", {}, "Streams"), this.no_streams, this.streams, this.jobs_heading, this.jobs);
    directory.listen(() => this.update());
    window.addEventListener("hashchange", () => this.mark_current());
  }

  update() {
    const {directory} = this;
    this.no_streams.hidden = directory.streams.length > 0 || directory.connection !== "connected";
    this.jobs_heading.hidden = directory.jobs.length === 0;
    const seen = new Set();
    const row_of = (kind, id, list) => {
      const key = `${kind}/${id}`;
      seen.add(key);
      let row = this.rows.get(key);
      if (!row) {
        row = new Row(kind, id);
        this.rows.set(key, row);
        list.append(row.element);
      }
      return row;
    };
    for (const status of directory.streams) {
      row_of("streams", status.id, this.streams).show_stream(status, directory.rates.get(status.id));
    }
    for (const job of directory.jobs) row_of("jobs", job.id, this.jobs).show_job(job);
    for (const [key, row] of this.rows) {
      if (seen.has(key)) continue;
      row.element.remove();
      this.rows.delete(key);
    }
    this.mark_current();
  }

  mark_current() {
    for (const {link} of this.rows.values()) {
      if (link.getAttribute("href") === location.hash) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  /** The next (or, step -1, previous) row's address. */
  neighbour(step) {
    const links = [...this.rows.values()].map(({link}) => link.getAttribute("href"));
    if (!links.length) return null;
    const now = links.indexOf(location.hash);
    return links[now < 0 ? 0 : (now + step + links.length) % links.length];
  }
}
