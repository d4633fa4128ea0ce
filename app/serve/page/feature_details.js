// What is known of one feature, and the features in view as a table: the same as the canvas, for
// those who do not see it.

import {element} from "/page/dom.js";
import {whole} from "/page/format.js";

const kRows = 200;
const kColumns = ["name", "type", "begin", "end", "strand", "score"];
const kNumbers = ["begin", "end", "score"];

export function place_text(feature) {
  return `${feature.sequence}:${whole(feature.begin + 1)}-${whole(feature.end)}`;
}

export function feature_details(feature, on_close) {
  const rows = [
    ["type", feature.type],
    ["place", place_text(feature)],
    ["length", `${whole(feature.end - feature.begin)} bases`],
    ["strand", feature.strand === "-" ? "−" : feature.strand],
    ["score", Number.isFinite(feature.score) ? String(Number(feature.score.toFixed(3))) : null],
    ["id", feature.id],
    ...Object.entries(feature.attributes ?? {}).map(([name, value]) =>
      [name, typeof value === "string" ? value : JSON.stringify(value)]),
  ].filter(([, value]) => value !== null && value !== undefined && value !== "");
  return element("div", {class: "details", role: "region", "aria-label": "Feature"},
    element("header", {}, element("h3", {}, feature.name || feature.id || feature.type), element("span", {class: "grow"}),
      element("button", {type: "button", class: "icon", "aria-label": "Close the details", on: {click: on_close}}, "×")),
    element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])));
}

export function feature_table(features, on_choose) {
  const shown = features.slice(0, kRows);
  const row = (feature) => element("tr", {},
    element("td", {}, element("button", {type: "button", class: "link", on: {click: () => on_choose(feature)}},
      feature.name || feature.id || "–")),
    element("td", {}, feature.type),
    element("td", {class: "number"}, whole(feature.begin + 1)),
    element("td", {class: "number"}, whole(feature.end)),
    element("td", {}, feature.strand === "-" ? "−" : feature.strand),
    element("td", {class: "number"}, Number.isFinite(feature.score) ? feature.score.toFixed(2) : ""));
  const more = features.length - shown.length;
  return element("div", {class: "table-box"},
    element("table", {},
      element("thead", {}, element("tr", {}, ...kColumns.map((name) =>
        element("th", {scope: "col", class: kNumbers.includes(name) ? "number" : ""}, name)))),
      element("tbody", {}, ...shown.map(row))),
    more > 0 ? element("p", {class: "quiet"}, `and ${whole(more)} more; zoom in to list them`) : null);
}
