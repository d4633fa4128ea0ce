// Throughput, latency, drops and memory of one stream.

import {element} from "/page/dom.js";
import {bytes, milliseconds, short} from "/page/format.js";
import {LineChart} from "/page/line_chart.js";

/** The counter's growth each second. */
function drops_a_second(stats) {
  return stats.map((point, i) => ({drops: i ? Math.max(point.dropped - stats[i - 1].dropped, 0) : 0}));
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
    model.listen((changed) => {
      if (!changed.has("stats")) return;
      for (const chart of this.charts) {
        chart.set_points(chart === this.drops ? drops_a_second(model.stats) : model.stats);
      }
    });
  }

  close() {
    for (const chart of this.charts) chart.close();
  }
}
