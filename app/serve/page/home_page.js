// What the daemon as a whole does, and what it is.

import {element, set_text} from "/page/dom.js";
import {bytes, duration, short, whole} from "/page/format.js";
import {has_ended} from "/page/stream_model.js";
import {StreamTable} from "/page/stream_table.js";

/** "json_bytes", 1048576 -> "json 1.00 MiB". */
function limit_text([name, value]) {
  const size = name.endsWith("_bytes");
  return `${name.replace(/_bytes$/, "").replaceAll("_", " ")} ${size ? bytes(value) : whole(value)}`;
}

function figure(label) {
  const value = element("dd", {}, "–");
  return {value, element: element("div", {class: "tile"}, element("dt", {}, label), value)};
}

export class HomePage {
  constructor(directory, on_start) {
    this.directory = directory;
    this.figures = Object.fromEntries([["running", "running"], ["frames", "frames a second"], ["bases", "bases a second"],
      ["dropped", "frames dropped"], ["failed", "streams failed"], ["memory", "memory"]].map(([key, label]) => [key, figure(label)]));
    this.facts = element("dl", {class: "facts-list"});
    this.table = new StreamTable();
    this.empty = element("section", {class: "panel welcome", hidden: true},
      element("h2", {}, "Nothing runs yet"),
      element("p", {}, "Give Heddle a camera, a file, an address or a folder of reads, and watch what it finds."),
      element("button", {class: "primary", type: "button", on: {click: on_start}}, "Start a stream"));
    this.element = element("div", {class: "page"},
      element("h1", {}, "Overview"), this.empty,
      element("dl", {class: "tiles"}, ...Object.values(this.figures).map((each) => each.element)),
      this.table.element,
      element("section", {class: "panel"}, element("h2", {}, "The daemon"), this.facts));
    this.end = directory.listen(() => this.update());
    this.update();
  }

  close() {
    this.end();
  }

  update() {
    const {streams, info, connection} = this.directory;
    const alive = streams.filter(({state}) => !has_ended(state));
    const sum = (list, key) => list.reduce((total, each) => total + (each[key] || 0), 0);
    const of_kind = (kind) => alive.filter((each) => each.kind === kind);
    const show = (key, text) => set_text(this.figures[key].value, text);
    this.table.show(streams);
    this.empty.hidden = connection !== "connected" || streams.length > 0;
    show("running", info?.limits?.streams ? `${alive.length} of ${info.limits.streams}` : String(alive.length));
    show("frames", short(sum(of_kind("video"), "rate")));
    show("bases", short(sum(of_kind("genome"), "rate")));
    show("dropped", short(sum(streams, "dropped")));
    show("failed", whole(streams.filter(({state}) => state === "failed").length));
    show("memory", bytes(sum(alive, "memory_bytes")));
    if (info) this.show_facts(info);
  }

  show_facts(info) {
    const rows = [
      ["version", info.version],
      ["back end", info.backend],
      ["models", (info.models ?? []).map(({name, kind, streams}) => `${name} (${kind}${streams ? ", of streams" : ""})`).join(", ") || "none"],
      ["up for", duration(info.uptime_seconds)],
      ["limits", Object.entries(info.limits ?? {}).map(limit_text).join(", ")],
    ];
    if (this.shown?.join() === rows.flat().join()) return;
    this.shown = rows.flat();
    this.facts.replaceChildren(...rows.flatMap(([name, value]) =>
      [element("dt", {}, name), element("dd", {}, String(value ?? "–"))]));
  }
}
