// Throughput, latency, drops and memory of one stream.

import {element} from "/page/dom.js";
import {bytes, milliseconds, short} from "/page/format.js";
import {LineChart} from "/page/line_chart.js";

const kRefresh = 2000;  // ms: figures are told where they change, and time goes on

/** The counter's growth each second. */
function drops_a_second(stats) {
  return stats.map((point, i) => {
    if (i === 0) return {at: point.at, drops: 0};
    const {at, dropped} = stats[i - 1];
    return {at: point.at, drops: Math.max(point.dropped - dropped, 0) / Math.max((point.at - at) / 1000, 1)};
  });
}

export class ChartsPanel {
  constructor(model) {
    const unit = model.status.kind === "genome" ? "Bases" : "Frames";
    this.throughput = new LineChart({title: `${unit} a second`, format: short,
      series: [{name: "rate", of: (point) => point.rate}]});
    this.latency = new LineChart({title: "Latency", format: milliseconds,
      series: ["p50", "p95", "p99"].map((name) => ({name, of: (point) => point[name]}))});
    this.drops = new LineChart({title: "Dropped a second", format: short,
      series: [{name: "drops", of: (point) => point.drops}]});
    this.memory = new LineChart({title: "Memory of the stream", format: bytes,
      series: [{name: "memory", of: (point) => point.memory}], binary: true,
      limit: () => model.status.memory_budget});
    this.charts = [this.throughput, this.latency, this.drops, this.memory];
    this.element = element("section", {class: "panel", "aria-label": "Charts of the last five minutes"},
      element("header", {}, element("h2", {}, "Last five minutes")),
      element("div", {class: "charts"}, ...this.charts.map((chart) => chart.element)));
    this.model = model;
    model.listen((changed) => {
      if (changed.has("stats")) this.update();
    });
    this.timer = setInterval(() => this.update(), kRefresh);
  }

  update() {
    const {stats} = this.model;
    const now = this.model.now();
    for (const chart of this.charts) chart.set_points(chart === this.drops ? drops_a_second(stats) : stats, now);
  }

  close() {
    clearInterval(this.timer);
    for (const chart of this.charts) chart.close();
  }
}
