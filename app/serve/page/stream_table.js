// All streams with their figures, where there is room for a table.

import {element, set_text} from "/page/dom.js";
import {bytes, duration, milliseconds, name_of, rate, whole} from "/page/format.js";
import {has_ended} from "/page/stream_model.js";

const kColumns = [
  ["id", ({id}) => id],
  ["kind", ({kind}) => kind],
  ["rate", (status) => has_ended(status.state) ? "–" : rate(status.rate, status.kind), "number"],
  ["p50", ({latency_ms}) => milliseconds(latency_ms?.p50), "number"],
  ["p99", ({latency_ms}) => milliseconds(latency_ms?.p99), "number"],
  ["dropped", ({dropped}) => whole(dropped), "number"],
  ["gaps", ({gaps}) => whole(gaps), "number"],
  ["memory", ({memory_bytes}) => bytes(memory_bytes), "number"],
  ["for", ({seconds}) => duration(seconds), "number"],
  ["error", ({error}) => error?.message ?? "", "error-text"],
];

function new_row(id) {
  const link = element("a", {href: `#/streams/${encodeURIComponent(id)}`});
  const state = element("span", {class: "state"});
  const cells = kColumns.map(([, , kind]) => element("td", {class: kind ?? ""}));
  return {link, state, cells,
    element: element("tr", {}, element("td", {}, link), element("td", {}, state), ...cells)};
}

export class StreamTable {
  constructor() {
    this.rows = new Map();
    this.body = element("tbody");
    this.element = element("section", {class: "panel beside-list", "aria-label": "All streams", hidden: true},
      element("div", {class: "table-box"}, element("table", {},
        element("thead", {}, element("tr", {}, ...["stream", "state", ...kColumns.map(([name]) => name)].map((name, i) =>
          element("th", {scope: "col", class: kColumns[i - 2]?.[2] ?? ""}, name)))),
        this.body)));
  }

  show(streams) {
    this.element.hidden = streams.length === 0;
    const ids = new Set(streams.map(({id}) => id));
    for (const [id, row] of this.rows) {
      if (ids.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    for (const status of streams) this.show_row(status);
  }

  show_row(status) {
    let row = this.rows.get(status.id);
    if (!row) {
      row = new_row(status.id);
      this.rows.set(status.id, row);
      this.body.append(row.element);
    }
    set_text(row.link, name_of(status));
    set_text(row.state, status.state);
    row.state.className = `state ${status.state}`;
    row.cells.forEach((cell, i) => set_text(cell, kColumns[i][1](status)));
  }
}
