// What went wrong: errors, gaps, drops; and, when asked for, what merely changed. Newest first.

import {element, set_text} from "/page/dom.js";
import {clock} from "/page/format.js";

const kShown = 100;
const kTrouble = ["error", "gap", "dropped", "skipped", "lost"];

export class LogPanel {
  constructor(model) {
    this.model = model;
    this.only = "trouble";
    this.rows = element("ol", {class: "log", role: "log", tabindex: "0", "aria-label": "Errors and gaps, newest first"});
    this.caption = element("span", {class: "quiet"});
    const choice = element("select", {"aria-label": "What is listed", on: {change: () => this.choose(choice.value)}},
      ...["trouble", "error", "gap", "dropped", "state", "all"].map((kind) => element("option", {value: kind}, kind)));
    this.element = element("section", {class: "panel", "aria-label": "Errors and gaps"},
      element("header", {}, element("h2", {}, "Errors and gaps"), this.caption, element("span", {class: "grow"}), choice),
      this.rows);
    model.listen((changed) => {
      if (changed.has("log")) this.update();
    });
    this.update();
  }

  choose(kind) {
    this.only = kind;
    this.update();
  }

  is_listed(kind) {
    return this.only === "all" || kind === this.only || (this.only === "trouble" && kTrouble.includes(kind));
  }

  update() {
    const entries = this.model.log.filter(({kind}) => this.is_listed(kind));
    set_text(this.caption, entries.length ? "" : "nothing to tell");
    this.rows.hidden = entries.length === 0;
    this.rows.replaceChildren(...entries.slice(0, kShown).map(({kind, text, at}) =>
      element("li", {class: `entry of-${kind}`},
        element("time", {}, at ? clock(at) : "earlier"), element("span", {class: "kind"}, kind), element("span", {}, text))));
  }
}
